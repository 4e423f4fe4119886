"""A table that has a header and no records: its columns are those of any other, without a cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.raw import Pieces, RawTable
from aevb_cli.tables.table import listed


@dataclass(frozen=True, eq=False)
class EmptyTable(RawTable):
    """The names of columns alone."""

    def error(self) -> DataError:
        """Return the error for a table that must have rows."""
        told = " ".join(note.removeprefix(f"{self.source}: ") for note in self.notes)  # such as which sheet was read
        why = f": {told}" if told else "."
        return DataError(f"{self.source}: it has columns ({listed(self.header)}) and no row{why}")

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return an Arrow column of no strings for each of these names (None: all)."""
        import pyarrow as pa

        return tuple(pa.chunked_array([], pa.string()) for _ in (self.names if names is None else names))

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        nothing = np.empty(0, np.int32)
        return {name: [np.empty(0)] for name in numeric}, {name: Words([], nothing) for name in words}
