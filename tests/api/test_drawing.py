"""The options of a picture as the request of a task."""

from aevb_cli.api import drawing
from aevb_cli.settings import DRAWS, INTERVAL
from aevb_cli.tasks.plotting import PlotRequest


def test_the_defaults_are_the_tasks() -> None:
    assert drawing.plot_request(INTERVAL, "auto", None, None, DRAWS, 0) == PlotRequest(levels=[INTERVAL])
