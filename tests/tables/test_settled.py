import numpy as np
import pytest

from aevb_cli.forms import Bound, Form
from aevb_cli.settings import Column, Reading
from aevb_cli.tables.settled import settled

X, WORDS = Column("x"), Column("x", ("a", "b"))


def one(value: float, bound: Bound, digits: int = 2, *, drawn: bool) -> float:
    return float(settled(Form("x", digits=digits, bound=bound), X, np.array([value]), drawn=drawn)[0])


@pytest.mark.parametrize(
    ("bound", "value", "drawn", "expected"),
    [
        ("", -1.234, True, -1.23),
        (">0", -1.234, True, 1.23),  # mirrored: no atom where no training row was
        (">0", -1.234, False, 0.01),  # the end of an interval stops at the smallest possible number
        (">0", 0.001, True, 0.01),
        (">=0", -1.234, True, 0.0),
        (">=0", -1.234, False, 0.0),
        ("<0", 0.001, True, -0.01),
        ("<0", 3.0, False, -0.01),
        ("<=0", 3.0, True, 0.0),
    ],
)
def test_numbers_stay_on_their_side_of_0(bound: Bound, value: float, drawn: bool, expected: float) -> None:
    assert one(value, bound, drawn=drawn) == expected


def test_rounding_leaves_no_negative_zero_and_no_gap_filled() -> None:
    found = settled(Form("x", digits=0), X, np.array([-0.2, np.nan, 2.5]), drawn=True)
    assert str(found[0]) == "0.0"
    assert np.isnan(found[1])
    assert found[2] == 2


def test_words_and_numbers_of_full_precision_stay() -> None:
    assert settled(Form("x", digits=0), WORDS, np.array([1.0]), drawn=True)[0] == 1
    assert one(0.1 + 0.2, ">0", -1, drawn=True) == 0.1 + 0.2


def test_dates_and_times_are_rounded_to_their_finest_part() -> None:
    date, time = (Column("x", reading=Reading(kind)) for kind in ("date", "time"))
    assert settled(Form("x", part="day"), date, np.array([10.4]), drawn=True)[0] == 10
    assert settled(Form("x", part="hour"), date, np.array([10.4]), drawn=True)[0] == pytest.approx(10 + 10 / 24)
    minute = Form("x", part="minute", bound="day")
    assert settled(minute, time, np.array([25.01]), drawn=True)[0] == pytest.approx(1 + 1 / 60)
    assert settled(minute, time, np.array([23.9999]), drawn=True)[0] == 0  # midnight
    assert settled(minute, time, np.array([25.0, -2.0]), drawn=False).tolist() == pytest.approx([24 - 1 / 60, 0])
