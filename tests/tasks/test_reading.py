"""How the tables are read that a model predicts from."""

from pathlib import Path

from aevb_cli.modelfile import trained
from aevb_cli.settings import ReadOptions
from aevb_cli.tasks.reading import Reading


def test_a_table_is_read_as_told_and_again_from_its_start(workshop: Path, tmp_path: Path) -> None:
    model, path = trained.load(workshop / "bnn.safetensors"), tmp_path / "t.csv"
    path.write_text("x;note\n1.5;a\ngone;b\n2.5;c\n")
    reading = Reading(ReadOptions(separator=";", na=("gone",)), chunk_rows=2)
    for _ in range(2):
        found = [chunk.table.values.tolist() for chunk in reading.chunks(model, str(path))]
        assert str(found) == "[[[1.5], [nan]], [[2.5]]]"
