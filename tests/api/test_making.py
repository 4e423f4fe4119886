from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import aevb_cli as aevb
from aevb_cli.api import making
from aevb_cli.errors import UsageError
from tests.conftest import Call

pytestmark = pytest.mark.filterwarnings("ignore:Not in the rows")


def test_requests() -> None:
    assert making.sample_request(5, {"a": 1, "b": "x"}, 0, None).given == ["a=1", "b=x"]
    assert making.sample_request(5, "a=1", 0, None).given == ["a=1"]
    assert making.sample_request(5, None, 0, None).given == []
    assert making.impute_request(None, 0.9, 0, "", None).levels == [0.9]
    assert making.impute_request(None, None, 0, "", None).levels == ()
    for wrong in ({"n": -1}, {"seed": -1}, {"threads": 0}):
        with pytest.raises(UsageError, match=f"{next(iter(wrong))}="):
            making.sample_request(**{"n": 1, "given": None, "seed": 0, "threads": None} | wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="draws="):
        making.impute_request(0, None, 0, "", None)


def frame(people: Path) -> pd.DataFrame:
    found = pd.read_csv(people / "people.csv", index_col="id")
    found["town"] = found.town.astype("category")
    found["visits"] = found.visits.astype("Int64")
    return found


def test_a_data_frame_keeps_its_index_its_types_and_its_cells(people: Path) -> None:
    own = frame(people)
    found = aevb.load(people / "people.safetensors").impute(own)
    assert found.index.equals(own.index)
    assert dict(found.dtypes) == dict(own.dtypes)
    assert not found.isna().any().any()
    for name in own:
        known = own[name].notna()
        pd.testing.assert_series_equal(found[name][known], own[name][known])


def test_every_kind_of_table_gives_the_same_cells(people: Path) -> None:
    model, own = aevb.load(people / "people.safetensors"), frame(people)
    expected = model.impute(own)
    for table in (pa.Table.from_pandas(own, preserve_index=False), own.to_dict("list")):
        found = model.impute(table)
        assert [str(cell) for cell in found.price] == [str(cell) for cell in expected.price]
        np.testing.assert_allclose(found.height.astype(float), expected.height.astype(float))


def test_draws_repeat_the_index_and_bands_follow(people: Path) -> None:
    own = frame(people).head(20)
    own.loc[own.index[3], "age"] = None
    found = aevb.load(people / "people.safetensors").impute(own, draws=2, interval=0.9)
    assert found.index.tolist() == [each for each in own.index for _ in range(2)]
    assert next(iter(found)) == "draw"
    assert found.age_lower_90.isna().sum() == 2 * own.age.notna().sum()


def test_rows_have_the_types_of_the_training_table(people: Path, call: Call) -> None:
    own = frame(people)
    own.to_parquet("t.parquet", index=False)
    few = ("--latent", "2", "--missing", "learn", "--max-iterations", "20", "-q", "-o", "m.safetensors")
    assert call("train-vae", "t.parquet", *few) == 0
    found = aevb.load("m.safetensors").sample(10)
    assert {name: str(kind) for name, kind in found.dtypes.items()} == {
        name: {"Int64": "int64", "string": "str"}.get(str(kind), str(kind)) for name, kind in own.dtypes.items()
    }
