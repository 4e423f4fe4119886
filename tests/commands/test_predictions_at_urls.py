"""`predict -o s3://BUCKET/FOLDER/`: the same bytes as on this machine, and no object beside them."""

import json
from pathlib import Path

import pytest

from tests.conftest import SIZES, Call
from tests.object_store import Store
from tests.shards import FEW, predict

pytestmark = pytest.mark.cluster


def test_parts_of_many_objects(call: Call, desk: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (desk / "in").iterdir():
        store.put(f"in/{path.name}", path.read_bytes())
    assert predict(call) == 0
    words = ("predict", "bnn.safetensors", store.url("in/part-*.csv"), *FEW, "-o", store.url("out/"))
    assert call(*words, "--part", "2/2") == 0
    assert call(*words) == 2
    assert "--resume" in capsys.readouterr().err
    assert call(*words, "--part", "1/2") == 0
    names = [f"part-{number}.csv" for number in range(len(SIZES))]
    for name in names:
        assert store.get(f"out/{name}") == (desk / "out" / name).read_bytes()
    record = json.loads(store.get("out/_aevb.json"))
    assert record["state"] == "done"
    assert [each["rows"] for each in record["outputs"]] == list(SIZES)
    records = [f"_aevb.part-{number}-of-2.json" for number in (1, 2)]
    assert sorted(store.keys()) == sorted(
        [*(f"in/{name}" for name in names), "out/_aevb.json", *(f"out/{name}" for name in (*records, *names))]
    )


def test_a_fault_and_an_object_that_changes(call: Call, desk: Path, store: Store) -> None:
    for name in ("part-0.csv", "part-3.csv"):
        store.put(f"in/{name}", (desk / "in" / name).read_bytes())
    store.put("in/part-1.csv", b"x\n1\noops\n")
    words = ("predict", "bnn.safetensors", store.url("in/"), *FEW, "-o", store.url("out/"))
    assert call(*words) == 3
    keys = store.keys()
    assert [key for key in keys if key.startswith("out/p")] == ["out/part-0.csv", "out/part-3.csv"]
    assert store.uploads() == []
    store.put("in/part-1.csv", b"x\n1\n")
    store.put("in/part-3.csv", b"x\n1\n2\n")  # its ETag is another one
    assert call(*words, "--resume") == 0
    assert store.get("out/part-3.csv").count(b"\n") == 3
    assert json.loads(store.get("out/_aevb.json"))["state"] == "done"
