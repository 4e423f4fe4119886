"""The JSON Schemas in the documents are those of what the program prints."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from docs._ext.schemas import of_header
from tests.conftest import Call
from tests.docs.console import DOCS

SCORES = json.loads((DOCS / "schemas" / "scores.json").read_text())
Text = pytest.CaptureFixture[str]
FEW = ("--draws", "20", "--importance-samples", "10", "--json")


def printed(call: Call, capfd: Text, *arguments: str | Path) -> Any:
    capfd.readouterr()
    assert call(*arguments) == 0
    return json.loads(capfd.readouterr().out)


@pytest.mark.parametrize(
    ("model", "data", "more"),
    [
        ("vae", "data", ("--interval", "0.5", "--interval", "0.9")),
        ("bnn", "data", ()),
        ("targets", "factor", ()),
        ("latent2", "factor", ("--synthetic", "factor.csv")),
    ],
)
def test_scores_of_numbers(
    model: str, data: str, more: tuple[str, ...], call: Call, workshop: Path, capfd: Text
) -> None:
    more = tuple(str(workshop / each) if each.endswith(".csv") else each for each in more)
    files = workshop / f"{model}.safetensors", workshop / f"{data}.csv"
    jsonschema.validate(printed(call, capfd, "evaluate", *files, *more, *FEW), SCORES)


@pytest.mark.parametrize(("model", "more"), [("mixed", ("--by", "k")), ("classes", ()), ("visits", ())])
def test_scores_of_classes_and_counts(model: str, more: tuple[str, ...], call: Call, kinds: Path, capfd: Text) -> None:
    files = kinds / f"{model}.safetensors", kinds / "kinds.csv"
    jsonschema.validate(printed(call, capfd, "evaluate", *files, *more, *FEW), SCORES)


def test_every_score_is_described() -> None:
    scores = SCORES["$defs"]["scores"]["properties"]
    assert all(each["description"] for each in scores.values())


@pytest.mark.parametrize("change", [{"rows": -1}, {"rmse": "1"}, {"new": 1}, {"coverage": {"0.9": 1.5}}])
def test_other_objects_are_refused(change: Mapping[str, Any]) -> None:
    jsonschema.validate({"rows": 3, "rmse": 1.0}, SCORES)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rows": 3, "rmse": 1.0, **change}, SCORES)


@pytest.mark.parametrize("model", ["vae", "bnn", "latent2", "guaranteed"])
def test_headers(model: str, call: Call, workshop: Path, capfd: Text) -> None:
    found = printed(call, capfd, "inspect", workshop / f"{model}.safetensors", "--json")
    del found["format"], found["tensors"]
    jsonschema.validate(found, of_header())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "result": {}}, of_header())
