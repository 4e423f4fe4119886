"""How a table writes the cells of a column: what a model file stores, so that made-up cells look like the table's."""

from dataclasses import dataclass
from typing import Literal

Bound = Literal["", ">0", ">=0", "<0", "<=0", "day"]
"""The side of 0 on which all numbers of a column lie, those above and below 0 without it; hours of one day."""

Part = Literal["", "day", "hour", "minute", "second"]
"""The finest part of dates and times of day that a column tells apart; empty where that is finer."""

PARTS: dict[Part, float] = {"day": 24, "hour": 1, "minute": 1 / 60, "second": 1 / 3600}
"""Each of them in hours."""


@dataclass(frozen=True)
class Form:
    """The form of a column's cells in the training table.

    name: of the table's column; type: Arrow's, empty in a text; digits: the most behind a decimal mark, -1 where as
    many as a double has, zeros at the end apart; fixed: how many each cell is written with, 0: as many as it needs;
    grouped: whether thousands are marked; pattern: of numbers, what stands around the digits, which are {}; of dates
    and times, the letters of strftime; negative: as pattern, of numbers below 0; bound: of numbers; part: to which
    dates and times are rounded; words: of truth values, those for 0 and for 1; constant: the only cell of a column that
    has but one.
    """

    name: str
    type: str = ""
    digits: int = -1
    fixed: int = 0
    grouped: bool = False
    pattern: str = ""
    negative: str = ""
    bound: Bound = ""
    part: Part = ""
    words: tuple[str, ...] = ()
    constant: str = ""
