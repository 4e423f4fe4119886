"""How the tables are read that a model predicts from."""

from collections.abc import Iterator
from dataclasses import dataclass

from aevb_cli import tables
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import AS_FOUND, CHUNK_ROWS, ReadOptions, Unseen
from aevb_cli.tables import Chunk
from aevb_cli.tables.reading import Source
from aevb_cli.tasks import prediction


@dataclass(frozen=True)
class Reading:
    """options: as of any table; unseen: the rule for words that did not train; chunk_rows: rows in memory at once."""

    options: ReadOptions = AS_FOUND
    unseen: Unseen = "error"
    chunk_rows: int = CHUNK_ROWS

    def chunks(self, model: TrainedModel, source: Source, *, targets: bool = False) -> Iterator[Chunk]:
        """Read a table from its start, a chunk at a time; errors as of `tables.stream`.

        targets: whether those that it has are read, too, behind the features.
        """
        own = model.targets if targets else ()
        return tables.stream(
            source,
            [*model.features, *own],
            chunk_rows=self.chunk_rows,
            optional=[target.column for target in own],
            options=prediction.read_as(model, self.options),
            unseen=self.unseen,
        )
