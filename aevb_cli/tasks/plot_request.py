"""What picture of a model is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from aevb_cli.errors import UsageError
from aevb_cli.settings import DRAWS, INTERVAL, PlotKind
from aevb_cli.tables import RawTable


@dataclass(frozen=True)
class PlotRequest:
    """The options of a picture. levels: of intervals; draws: of the weights.

    effect: the feature whose effect is drawn; data: a table whose rows are drawn instead of those of the model file;
    target: which one is drawn, None: all that are of the first one's kind; z: numbers of hidden variables, from 1;
    image: the height and width of rows that are images.
    """

    kind: PlotKind = "auto"
    levels: Sequence[float] = (INTERVAL,)
    draws: int = DRAWS
    seed: int = 0
    effect: str | None = None
    data: RawTable | None = None
    target: str | None = None
    z: Sequence[int] | None = None
    image: Sequence[int] | None = None

    def check_use(self) -> None:
        """Raise UsageError for an option that says nothing of such a picture."""
        given = {
            "--x": self.effect,
            "--target": self.target,
            "--z": self.z,
            "--image": self.image,
            "--data": self.data,
        }
        of_no_use: dict[PlotKind, list[str]] = {"elbo": list(given), "calibration": ["--x"]}
        for option in of_no_use.get(self.kind, []):
            if given[option] is not None:
                raise UsageError(f"{option}: a picture of --kind {self.kind} has no use for it. Leave one of them out.")
