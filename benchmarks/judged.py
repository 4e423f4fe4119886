"""What the columns of thirty real tables are, as a person who read them judges; no tool was asked.

A line is `kind: columns`. The kinds:

    number     a measurement, or a year
    count      how many; 0, 1, 2, ...
    ordered    whole numbers, or words, of a scale: a rating, an age group
    category   words, each in several rows
    code       a whole number that is a label: nothing lies between two of them
    boolean    one of two: 0 and 1, yes and no, TRUE and FALSE
    date       a day, or a day and a time
    identifier another word or another number in (nearly) every row, which tells nothing of a further row
    text       free text, or names that hardly repeat
    index      the number or the name of the row, in a column without a name

The column marked with a * is the target.
"""

from collections.abc import Mapping

JUDGED: Mapping[str, str] = {
    "datasets/mtcars": """
        index: (nameless)
        number: mpg disp hp drat wt qsec
        count: cyl gear carb*
        boolean: vs am""",
    "datasets/airquality": """
        index: (nameless)
        number: Ozone* Solar.R Wind Temp
        ordered: Month Day""",
    "datasets/esoph": """
        index: (nameless)
        ordered: agegp alcgp tobgp
        count: ncases ncontrols*""",
    "datasets/warpbreaks": """
        index: (nameless)
        count: breaks*
        category: wool
        ordered: tension""",
    "datasets/attenu": """
        index: (nameless)
        code: event station
        number: mag dist accel*""",
    "ggplot2/mpg": """
        index: (nameless)
        category: manufacturer model trans drv fl class
        number: displ cty hwy*
        ordered: year
        count: cyl""",
    "ggplot2/economics": """
        index: (nameless)
        date: date
        number: pce psavert uempmed
        count: pop unemploy*""",
    "ggplot2/msleep": """
        index: (nameless)
        identifier: name
        text: genus
        category: vore order conservation
        number: sleep_total sleep_rem sleep_cycle awake brainwt bodywt*""",
    "ggplot2/midwest": """
        index: (nameless)
        identifier: PID
        text: county
        category: state category
        number: area popdensity percwhite percblack percamerindan percasian percother perchsd percollege* percprof
        number: percpovertyknown percbelowpoverty percchildbelowpovert percadultpoverty percelderlypoverty
        count: poptotal popwhite popblack popamerindian popasian popother popadults poppovertyknown
        boolean: inmetro""",
    "Ecdat/Cigar": """
        index: (nameless)
        code: state
        number: year price pop pop16 cpi ndi sales* pimin""",
    "Ecdat/CRANpackages": """
        index: (nameless)
        number: Version
        date: Date
        count: Packages*
        category: Source""",
    "plm/Crime": """
        index: (nameless)
        code: county
        number: year crmrte* prbarr prbconv prbpris avgsen polpc density taxpc pctmin wcon wtuc wtrd wfir wser wmfg
        number: wfed wsta wloc mix pctymle
        category: region
        boolean: smsa""",
    "plm/EmplUK": """
        index: (nameless)
        code: firm sector
        number: year emp wage capital output*""",
    "geepack/dietox": """
        index: (nameless)
        number: Weight* Feed
        ordered: Time Evit Cu
        code: Pig Litter""",
    "MASS/nlschools": """
        index: (nameless)
        number: lang* IQ SES
        count: GS
        code: class
        boolean: COMB""",
    "MASS/Cars93": """
        index: (nameless)
        category: Manufacturer Type AirBags DriveTrain Cylinders
        text: Model Make
        number: Min.Price Price* Max.Price MPG.city MPG.highway EngineSize Horsepower RPM Rev.per.mile
        number: Fuel.tank.capacity Length Wheelbase Width Turn.circle Rear.seat.room Luggage.room Weight
        count: Passengers
        boolean: Man.trans.avail Origin""",
    "MASS/birthwt": """
        index: (nameless)
        boolean: low smoke ht ui
        number: age lwt bwt*
        code: race
        count: ptl ftv""",
    "survival/lung": """
        index: (nameless)
        code: inst
        number: time* age meal.cal wt.loss
        ordered: ph.ecog ph.karno pat.karno
        boolean: status sex""",
    "survival/pbc": """
        index: (nameless)
        identifier: id
        number: time age bili chol albumin copper alk.phos ast trig platelet protime*
        ordered: edema stage
        code: status
        boolean: trt sex ascites hepato spiders""",
    "vcd/SpaceShuttle": """
        index: (nameless)
        identifier: FlightNumber
        number: Temperature Pressure
        boolean: Fail
        count: nFailures*
        ordered: Damage""",
    "vcd/Bundesliga": """
        index: (nameless)
        category: HomeTeam AwayTeam
        count: HomeGoals* AwayGoals
        ordered: Round
        number: Year
        date: Date""",
    "pscl/presidentialElections": """
        index: (nameless)
        category: state
        number: demVote* year
        boolean: south""",
    "HistData/Minard.temp": """
        index: (nameless)
        number: long temp*
        count: days
        date: date""",
    "rpart/car.test.frame": """
        index: (nameless)
        number: Price* Mileage Weight Disp. HP
        category: Country Type
        ordered: Reliability""",
    "reshape2/tips": """
        index: (nameless)
        number: total_bill tip*
        boolean: sex smoker time
        category: day
        count: size""",
    "reshape2/french_fries": """
        index: (nameless)
        ordered: time
        code: treatment subject rep
        number: potato* buttery grassy rancid painty""",
    "lme4/sleepstudy": """
        index: (nameless)
        number: Reaction* Days
        code: Subject""",
    "HSAUR/Forbes2000": """
        index: (nameless)
        number: rank sales profits assets marketvalue*
        identifier: name
        category: country category""",
    "COUNT/medpar": """
        index: (nameless)
        count: los*
        boolean: hmo white died age80 type1 type2 type3
        code: type provnum""",
    "pscl/UKHouseOfCommons": """
        index: (nameless)
        text: constituency
        category: county
        number: y1* y2 y1lag y2lag v1 v2 v3
        boolean: coninc labinc libinc""",
}
