"""The table of a training that goes on; a model may come from anywhere and name any file."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from aevb_cli.errors import DataError, UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import training_table

SECRET = "root:$6$salt$hash:19000:0:99999:7:::"


def naming(data: str) -> TrainedModel:
    """The model of data.csv, as if it had been trained on another table."""
    stored = trained.load(Path("vae.safetensors"))
    return replace(stored, request=replace(stored.request, data=(data,) if data else ()))


@pytest.mark.parametrize(("data", "match"), [("-", "trained on stdin"), ("", r"in memory.*model\.resume\(table\)")])
def test_a_table_that_cannot_be_read_again_has_to_be_named(data: str, match: str, bench: Path) -> None:
    with pytest.raises(UsageError, match=match):
        training_table.of(naming(data), None, print)


def test_a_table_in_a_file_is_where_it_was(bench: Path) -> None:
    told: list[str] = []
    table = training_table.of(naming("data.csv"), None, lambda *lines: told.extend(lines))
    assert told == [
        "Table: data.csv",
        "data.csv: 150 rows. Target 'z' from 'x'.",
        "Columns: x: number · z: target (number)",
    ]
    assert table.features.names == ("x",)


@pytest.mark.parametrize(
    "content",
    [
        f"{SECRET}\ndaemon:*:19000:0:99999:7:::\n",
        f"x,z\n1,2\n{SECRET},4\n3,5\n",
        f"x,x,{SECRET}\n1,2,3\n",
        f"x,z\n1,2,{SECRET}\n",
        f'x,z\n1,"{SECRET}\n',
        f"x,z\n{SECRET},1\n",
        "1.25,2.5\n3,4\n",
    ],
)
def test_of_a_file_that_is_another_nothing_is_shown(content: str, bench: Path) -> None:
    """Its cells, its names and its number of rows are for those who may read it."""
    Path("shadow").write_text(content)
    told: list[str] = []
    with pytest.raises(DataError) as caught:
        training_table.of(naming("shadow"), None, lambda *lines: told.extend(lines))
    assert str(caught.value) == "shadow: not the table that this model was trained on. Name that one: --data FILE"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert told == ["Table: shadow"]


def test_of_another_table_of_the_same_columns_no_note_is_shown(bench: Path) -> None:
    """It is refused when the state is restored, by its hash."""
    Path("other.csv").write_text("x,z\n1,2\n2,4\n5,7\n")
    told: list[str] = []
    training_table.of(naming("other.csv"), None, lambda *lines: told.extend(lines))
    assert told == ["Table: other.csv"]


@pytest.mark.parametrize("place", ["/dev/zero", "fifo", "folder"])
def test_only_a_regular_file_is_opened(place: str, bench: Path) -> None:
    os.mkfifo("fifo")
    Path("folder").mkdir()
    with pytest.raises(DataError, match=f"{place}: not a regular file"):
        training_table.of(naming(place), None, print)


def test_the_path_is_told_before_the_file_is_opened(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def read(*_: object, **__: object) -> None:
        assert told == ["Table: data.csv"]
        raise KeyError("read")

    monkeypatch.setattr("aevb_cli.tables.drawn", read)
    with pytest.raises(KeyError, match="read"):
        training_table.of(naming("data.csv"), None, told.append)


def test_what_the_caller_gives_is_shown_as_usual(bench: Path) -> None:
    Path("other.csv").write_text("x,z\n1,2\n2,3\nsecret,4\n")
    with pytest.raises(DataError, match="'secret' is not a plain"):
        training_table.of(naming("data.csv"), "other.csv", print)
