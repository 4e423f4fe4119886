"""Requirements on scores: how they are written, what they may name, and when they are met."""

import pytest

from aevb_cli.errors import RequirementError, UsageError
from aevb_cli.tasks import requirements
from aevb_cli.tasks.requirements import Scores

ONE: Scores = {
    "rows": 10,
    "measure": "density",
    "rmse": 1.0,
    "coverage": {"0.5": 0.4, "0.9": 0.8},
    "elbo": -2.0,
}
TWO: Scores = {
    "rows": 10,
    "measure": {"a": "density", "b": "probability"},
    "rmse": {"a": 1.0, "b": 3.0},
    "coverage": {"a": {"0.9": 0.95}, "b": {"0.9": 0.8}},
}
CLASSES: Scores = {
    "rows": 10,
    "measure": "probability",
    "accuracy": 0.75,
    "coverage": {"0.9": 0.9},
    "coverage_by_class": {"0.5": {"no": 0.1, "yes": 0.2}, "0.9": {"no": 1.0, "yes": 0.4}},
}
"""`coverage_by_class` is the one score with an object below its level."""

ODD = "income [k$] @home"


def check(scores: Scores, text: str, asked: tuple[float, ...] = (0.5, 0.9)) -> None:
    requirements.check(scores, requirements.read([text]), asked)


def names(text: str, *targets: str, of_x: bool = False, classes: tuple[str, ...] = ()) -> None:
    of = dict.fromkeys(targets, False) | dict.fromkeys(classes, True)
    requirements.check_names(requirements.read([text]), of, of_x=of_x)


@pytest.mark.parametrize("text", ["rmse<2", "coverage@0.9>=0.8", "coverage>0.3", "rows>=10", "elbo > -2.5", "rmse<=1"])
def test_met(text: str) -> None:
    check(ONE, text)


@pytest.mark.parametrize("text", ["rmse[a]<2", "rmse[b]<4", "coverage[a]@0.9>=0.9", "coverage[b] >= 0.8"])
def test_one_of_several_targets(text: str) -> None:
    check(TWO, text)


@pytest.mark.parametrize(
    ("scores", "text", "found"),
    [
        (ONE, "rmse<1", "found 1$|found 1[.]"),
        (ONE, "coverage>0.5", "found 0.4 at 0.5"),
        (TWO, "rmse<2", "found 3 for 'b'"),
        (TWO, "rmse[b]<2", r"found 3\.$"),
        (TWO, "coverage@0.9>=0.9", r"found 0.8 for 'b'\.$"),
        (TWO, "coverage[b]>=0.9", r"found 0.8 at 0.9\.$"),
    ],
)
def test_unmet(scores: Scores, text: str, found: str) -> None:
    with pytest.raises(RequirementError, match=found):
        check(scores, text)


@pytest.mark.parametrize(
    ("scores", "text", "line"),
    [
        (ONE, "rmse<=1", "Required rmse<=1: found 1, met."),
        (ONE, "coverage@0.9>=0.75", "Required coverage@0.9>=0.75: found 0.8, met."),
        (ONE, "coverage>0.3", "Required coverage>0.3: found 0.4 at 0.5 at worst, met."),
        (TWO, "rmse<5", "Required rmse<5: found 3 for 'b' at worst, met."),
        (TWO, "rmse[a]<5", "Required rmse[a]<5: found 1, met."),
    ],
)
def test_one_that_is_met_is_told_with_what_is_nearest_to_not_meeting_it(scores: Scores, text: str, line: str) -> None:
    said: list[str] = []
    requirements.check(scores, requirements.read([text]), (0.5, 0.9), said.append)
    assert said == [line]


def test_those_before_one_that_is_not_are_told() -> None:
    said: list[str] = []
    with pytest.raises(RequirementError, match="Required rmse<1"):
        requirements.check(ONE, requirements.read(["rows>=10", "rmse<1", "elbo<0"]), (0.9,), said.append)
    assert said == ["Required rows>=10: found 10, met."]


def test_without_a_level_it_is_of_the_intervals_asked_for() -> None:
    """Coverage at 0.5, which another requirement names, is no fault of one on the intervals of 0.9."""
    check(ONE, "coverage>=0.75", (0.9,))
    with pytest.raises(RequirementError, match=r"0\.4 at 0\.5"):
        check(ONE, "coverage>=0.75", (0.5, 0.9))


@pytest.mark.parametrize("text", ["accuracy>=0.75", "coverage_by_class@0.9>=0.4", "coverage_by_class@0.5>0.05"])
def test_classes_that_meet(text: str) -> None:
    check(CLASSES, text, (0.9,))


def test_every_class_has_to_meet_it() -> None:
    with pytest.raises(RequirementError, match=r"found 0\.4 for class 'yes'"):
        check(CLASSES, "coverage_by_class@0.9>=0.5")
    with pytest.raises(RequirementError, match=r"found 0\.4 at 0\.9 for class 'yes'"):
        check(CLASSES, "coverage_by_class>=0.5", (0.9,))


GROUPS: Scores = {
    **ONE,
    "by": {
        "south": {"rows": 4, "measure": "density", "rmse": 0.5, "coverage": {"0.5": 0.6, "0.9": 0.95}},
        "": {"rows": 6, "measure": "density", "rmse": 1.5, "coverage": {"0.5": 0.3, "0.9": 0.7}},
    },
}


@pytest.mark.parametrize("text", ["coverage@0.9>=0.7", "coverage>=0.3", "rmse<=1.5", "rows>=10", "elbo>-3"])
def test_groups_that_meet(text: str) -> None:
    """The number of rows is the whole table's."""
    check(GROUPS, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("coverage@0.9>=0.75", "found 0.7 in group ''"),
        ("rmse<1.2", "found 1.5 in group ''"),
        ("rmse>=0.75", "found 0.5 in group 'south'"),
    ],
)
def test_every_group_has_to_meet_it(text: str, found: str) -> None:
    """The whole table meets each of these."""
    check(ONE, text)
    with pytest.raises(RequirementError, match=found):
        check(GROUPS, text)


def test_of_groups_the_worst_is_told() -> None:
    said: list[str] = []
    requirements.check(GROUPS, requirements.read(["coverage@0.9>=0.6"]), (0.9,), said.append)
    assert said == ["Required coverage@0.9>=0.6: found 0.7 in group '' at worst, met."]


def test_a_group_without_the_target_is_left_out() -> None:
    groups = {"a": {"rows": 1, "measure": {"a": "density"}, "rmse": {"a": 1.0}}, "none": {"rows": 1}}
    check({**TWO, "by": groups}, "rmse[b]<4")


def test_a_target_without_any_value_meets_nothing() -> None:
    with pytest.raises(RequirementError, match="no row has a value"):
        check({"rmse": {"a": 1.0}, "measure": {"a": "density"}}, "rmse[b]<2")


@pytest.mark.parametrize("text", ["rmse", "rmse<1e", "1<rmse", "rmse==1", "rmse[]<1", "rmse@<1", "rmse[a<1", ""])
def test_not_a_requirement(text: str) -> None:
    with pytest.raises(UsageError, match="not a requirement"):
        requirements.read([text])


@pytest.mark.parametrize("text", [f"rmse[{ODD}]<2", "coverage@0.95>=0.9", "width[z]@.5<3", "calibration@0.45>0.4",
                                  "training_rows<=0", "RMSE<2", "skipped<1"])  # fmt: skip
def test_names_of_a_model_that_predicts(text: str) -> None:
    names(text, "z", ODD)


@pytest.mark.parametrize(("text", "reason"), [
    ("rsme<1", "no such score \\(did you mean 'rmse'"), ("elbo>1", "no such score"), ("rmse@0.9<1", "no levels"),
    ("rmse[y]<1", "no target 'y'"), ("rmse[incme]<1", "did you mean 'income'"), ("rows[z]>1", "one number"),
    ("coverage@95>0", "did you mean 0.95"), ("coverage@1>0", "between 0 and 1"), ("calibration@0.42>0", "0.05, 0.1"),
    ("measure>1", "no such score"),
])  # fmt: skip
def test_names_that_no_model_has(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"(?i){reason}"):
        names(text, "z", "income")


@pytest.mark.parametrize("text", [
    "accuracy>=0.8", "brier<0.2", "coverage_by_class@0.9>=0.5", "log_loss[y]<1", "ece<1", "set_size@0.9<2",
    "log_likelihood>-1", "rmse[n]<1", "accuracy[y]>0", "rmse<1",
])  # fmt: skip
def test_names_of_targets_of_both_kinds(text: str) -> None:
    names(text, "n", classes=("y",))


@pytest.mark.parametrize(("text", "reason"), [
    ("acuracy>=0.8", "did you mean 'accuracy'"), ("rmse<1", "no such score"), ("log_los<1", "did you mean 'log_loss'"),
    ("coverage_by_clas@0.9>0", "did you mean 'coverage_by_class'"), ("brier@0.9<1", "brier has no levels"),
    ("coverage_by_class@90>0", "did you mean 0.9"), ("width@0.9<1", "no such score"),
    ("log_loss[z]<1", "no target 'z'"), ("rps<1", "no such score"),
])  # fmt: skip
def test_names_that_classes_have_not(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"(?i){reason}"):
        names(text, classes=("y",))


@pytest.mark.parametrize("text", ["rmse[y]<1", "accuracy[n]>0"])
def test_a_score_of_the_other_kind_of_target(text: str) -> None:
    with pytest.raises(UsageError, match="no such score"):
        names(text, "n", classes=("y",))


def test_a_score_of_ranks() -> None:
    of = {"a": True, "b": True}
    requirements.check_names(requirements.read(["rps<1", "rps[b]<1"]), of, of_x=False, ranked=["b"])
    with pytest.raises(UsageError, match="no such score"):
        requirements.check_names(requirements.read(["rps[a]<1"]), of, of_x=False, ranked=["b"])


def test_a_score_that_no_row_has_is_not_met() -> None:
    """Of two targets of different kinds the one that it is of is known in no row."""
    with pytest.raises(RequirementError, match="no row has a value"):
        check({"rows": 3, "measure": {"n": "density"}, "rmse": {"n": 1.0}}, "accuracy>0")


def test_what_is_known_of_x() -> None:
    names("log_px>-5", "z", of_x=True)
    with pytest.raises(UsageError, match="There are rows, skipped, training_rows, elbo, log_px, log_px_error"):
        names("rmse<1", of_x=True)


def test_levels_that_have_to_be_computed() -> None:
    given = requirements.read(["coverage@0.950>=0.9", "width@0.5<1", "calibration@0.1>0", "coverage>0", "rmse<1"])
    assert requirements.levels(given) == [0.95, 0.5]
    of_classes = requirements.read(["coverage_by_class@0.8>0", "set_size@0.7<2", "accuracy>0"])
    assert requirements.levels(of_classes) == [0.8, 0.7]


def test_scores_of_made_up_rows_need_made_up_rows() -> None:
    asked = requirements.read(["synthetic_auc<0.6"])
    requirements.check_names(asked, {}, of_x=True, made_up=True)
    with pytest.raises(
        UsageError, match=r"synthetic_auc is a score of made-up rows\. Name them with --synthetic TABLE"
    ):
        requirements.check_names(asked, {}, of_x=True)
    requirements.check({"synthetic_auc": 0.55}, asked, ())
    with pytest.raises(RequirementError, match=r"Required synthetic_auc<0\.6, found 0\.65"):
        requirements.check({"synthetic_auc": 0.65}, asked, ())
