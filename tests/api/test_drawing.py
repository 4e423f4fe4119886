"""The options of a picture as the request of a task."""

from pathlib import Path

from aevb_cli.api import drawing
from aevb_cli.modelfile import trained
from aevb_cli.settings import DRAWS, INTERVAL
from aevb_cli.tasks.plotting import PlotRequest


def test_the_defaults_are_the_tasks(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors")
    found = drawing.plot_request(
        model, INTERVAL, "auto", None, None, draws=DRAWS, seed=0, target=None, z=None, image=None
    )
    assert found == PlotRequest(levels=[INTERVAL])
