"""Where a training saves its model, and what becomes of the one that stands there."""

from pathlib import Path

from aevb_cli import files
from aevb_cli.modelfile.trained import TrainedModel


class Destination:
    """A place for a model, to which a training saves again and again.

    previous: the name of the model that stood there before the training; None where it is not kept.
    """

    def __init__(self, path: Path, *, keep_previous: bool = False) -> None:
        self.path = path
        self.previous = files.previous_of(path) if keep_previous else None
        self._saved = False

    def save(self, model: TrainedModel) -> None:
        """Write the model file; OutputError where it cannot be written. Only the first one replaces an older model."""
        model.save(self.path, None if self._saved else self.previous)
        self._saved = True
