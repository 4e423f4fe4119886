"""An axis of dates: its numbers are days since 1970, as a model has them, and its ticks are where a calendar has them.

Not matplotlib's own, whose days begin where its settings say.
"""

from typing import Any, cast

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import Formatter, Locator

_MOST = 6
"""Steps from one end of an axis to the other."""

_STEPS = (
    *((step, "m", step / 1440) for step in (1, 5, 15, 30)),
    *((step, "h", step / 24) for step in (1, 3, 6, 12)),
    *((step, "D", float(step)) for step in (1, 2, 5, 10)),
    *((step, "M", 30.4 * step) for step in (1, 2, 3, 6)),
    *((step * 10**power, "Y", 365.2 * step * 10**power) for power in range(4) for step in (1, 2, 5)),
)
"""Between two ticks: so many minutes, hours, days, months or years, and about how many days that is."""

_FIRST, _LAST = -719_162, 2_932_896
"""The days of the years 1 to 9999; a forged model has others."""


def dated(axis: Axis) -> None:
    """Give an axis, whose limits are known, ticks and labels of dates; one beyond all years keeps its numbers."""
    low, high = axis.get_view_interval()
    if low > _FIRST and high < _LAST:
        locator = Dates()
        axis.set_major_locator(locator)
        axis.set_major_formatter(DateLabels(locator))


class Dates(Locator):
    """Ticks at the beginnings of minutes, hours, days, months or years."""

    unit = "D"

    def __call__(self) -> Any:
        """Return the ticks of the axis."""
        return self.tick_values(*cast(Any, self.axis).get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the ticks between two days."""
        low, high = max(min(vmin, vmax), _FIRST), min(max(vmin, vmax), _LAST)
        fitting = (each for each in _STEPS if (high - low) / each[2] <= _MOST)
        step, self.unit, _ = next(fitting, _STEPS[-1])
        first, last = (int(_minutes(end).astype(f"M8[{self.unit}]").astype(int)) for end in (low, high))
        shift = 1970 if self.unit == "Y" else 0  # so that years are round ones
        first = (first + shift) // step * step - shift
        ticks = np.arange(first, last + 1, step).astype(f"M8[{self.unit}]").astype("M8[m]").astype(int) / 1440
        return ticks[(ticks >= low) & (ticks <= high)]


class DateLabels(Formatter):
    """Dates as far as the ticks need it: 2024, 2024-03, 2024-03-15, 2024-03-15 06:00."""

    def __init__(self, locator: Dates) -> None:
        self._locator = locator

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a day."""
        del pos
        unit = "m" if self._locator.unit == "h" else self._locator.unit
        return str(_minutes(x).astype(f"M8[{unit}]")).replace("T", " ")


def _minutes(days: float) -> Any:
    return np.datetime64(round(days * 1440), "m")
