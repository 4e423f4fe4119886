"""The record of a folder of predictions: read strictly, and compared with another command's."""

import json
from typing import Any

import pytest

from aevb_cli import manifests
from aevb_cli.errors import UsageError
from aevb_cli.manifests import Input, Manifest, ModelFile, Options, Output

OPTIONS = Options(
    interval=(0.9,), quantile=(), above=(1.5, 2.0), per_class=False, draws=1000, seed=0, prefix="", missing="average",
    unseen="error", device="cpu", na=(), decimal=None, separator=None, encoding=None, header=None, sheet=None,
)  # fmt: skip
RECORD = Manifest(
    1, "predict", "begun", None, {"aevb": "1", "torch": "2"}, ModelFile("m.safetensors", "0" * 64), OPTIONS,
    (Input("in/a.csv", 12, "345", "a.csv"),), (Output("a.csv", "done", 3),),
)  # fmt: skip


def test_a_record_comes_back_as_it_was() -> None:
    for record in (RECORD, RECORD.but(part=(3, 100), outputs=(Output("a.csv", "failed", error="no"),))):
        assert manifests.decoded(record.encoded(), "out/") == record


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"state": "well"},
        {"model": {"name": "m", "sha256": "12"}},
        {"inputs": [{"input": "a", "size": -1, "version": "", "output": "a"}]},
        {"outputs": [{"output": "a", "state": "done", "rows": "3", "error": ""}]},
        {"part": [1]},
        {"more": 1},
    ],
)
def test_what_is_no_record_is_refused(change: dict[str, Any]) -> None:
    content = json.dumps({**json.loads(RECORD.encoded()), **change}).encode()
    with pytest.raises(UsageError, match=r"^out/_aevb\.json: not a record of this aevb's"):
        manifests.decoded(content, "out/_aevb.json")


def test_a_record_that_is_older_than_an_option_was_without_it() -> None:
    record = json.loads(RECORD.encoded())
    del record["options"]["why"]
    assert manifests.decoded(json.dumps(record).encode(), "out/") == RECORD


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", RECORD.encoded()[:-9], b"[" * 100_000])
def test_bytes_that_are_no_record_are_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match="not a record"):
        manifests.decoded(content, "x")


def test_every_option_and_version_and_the_model_are_compared() -> None:
    assert list(manifests.differences(RECORD, RECORD.but(inputs=(), outputs=(), state="done", part=(1, 2)))) == []
    assert list(manifests.differences(RECORD, RECORD.but(model=ModelFile("other", "0" * 64)))) == []
    other = Options(
        interval=(0.5, 0.9), quantile=(0.1,), above=(), per_class=True, draws=1, seed=2, prefix="p", missing="skip",
        unseen="missing", device="cuda", na=("x", ""), decimal=",", separator="\t", encoding="cp1252", header=False,
        sheet="2", why=True,
    )  # fmt: skip
    now = RECORD.but(options=other, model=ModelFile("n.safetensors", "1" * 64), versions={"aevb": "1", "numpy": "3"})
    assert list(manifests.differences(RECORD, now)) == [
        "the model m.safetensors (000000000000), now n.safetensors (111111111111)",
        "--interval 0.9, now 0.5, 0.9",
        "--quantile none, now 0.1",
        "--above 1.5, 2, now none",
        "--per-class off, now on",
        "--draws 1000, now 1",
        "--seed 0, now 2",
        "--prefix '', now p",
        "--missing average, now skip",
        "--unseen error, now missing",
        "--device cpu, now cuda",
        "--na none, now x, ''",
        "--decimal not given, now ,",
        "--separator not given, now '\\t'",
        "--encoding not given, now cp1252",
        "--header not given, now off",
        "--sheet not given, now 2",
        "--why off, now on",
        "torch 2, now none",
        "numpy none, now 3",
    ]


def test_names_of_records() -> None:
    names = [manifests.part_name(1, 9), manifests.part_name(7, 100), RECORD.name, RECORD.but(part=(2, 3)).name]
    assert names == ["_aevb.part-1-of-9.json", "_aevb.part-007-of-100.json", "_aevb.json", "_aevb.part-2-of-3.json"]
    assert all(map(manifests.is_own, names))
    assert not any(map(manifests.is_own, ["part-1.csv", "_aevb.csv", "aevb.json"]))
