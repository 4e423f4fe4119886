"""What is counted of rows while they are predicted: gaps, and rows unlike those of training."""

from collections.abc import Iterator

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Gaps
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.outside import Outside


class Counts:
    """The counts of a table, or of several that are one to who is told of them."""

    def __init__(self, model: TrainedModel, rule: Gaps, table: str = "") -> None:
        """table: where it is one of several, its name in an example."""
        self.gaps, self.outside = GapCount(model, rule), Outside(model, table)

    def join(self, other: "Counts") -> None:
        """Count the rows of another table of the same model, too."""
        self.gaps.join(other.gaps)
        self.outside.join(other.outside)

    def sentences(self) -> Iterator[str]:
        """What to say of the rows: nothing where they are whole, and like the training rows."""
        yield from self.gaps.sentences("predicted")
        yield from self.outside.sentences()
