"""What to expect of new rows is what held-out rows say, with how far chance goes."""

from dataclasses import replace
from pathlib import Path

import pytest

from aevb_cli.tasks import summary
from aevb_cli.tasks.reporting import answer
from aevb_cli.tasks.reporting.predicted import Predicted
from tests.tasks.reporting.models import loaded, text_of


def test_the_coverage_and_its_range_are_those_of_the_model_file(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    scores = model.facts["held_out"]
    share = scores["coverage"]["0.9"][0]
    low, high = summary.coverage_range(share, scores["groups"])
    said = text_of(*answer.parts(model, Predicted(model, 40, 0)))
    assert f"intervals of 90 % hold about {100 * share:.0f} % ({100 * low:.0f} to {100 * high:.0f})." in said
    assert f"Measured on {scores['rows']} held-out rows" in said
    assert "Width of a 90 % interval" in said
    assert "Not noise, but not knowing" in said


@pytest.mark.parametrize(
    ("rows", "said"), [(7, "is not known: too few rows"), (19, "no more than a hint"), (40, "hold about")]
)
def test_few_rows_promise_little(rows: int, said: str, workshop: Path) -> None:
    model = loaded(workshop, "vae")
    scores = {**model.facts["held_out"], "rows": rows, "groups": rows}
    model = replace(model, facts={**model.facts, "held_out": scores})
    assert said in text_of(*answer.parts(model, None))


def test_of_classes_beside_what_is_easily_had(kinds: Path) -> None:
    model = loaded(kinds, "answer")
    said = text_of(*answer.parts(model, Predicted(model, 40, 0)))
    assert "sets of 90 % hold the class of about" in said
    assert "always the most frequent class" in said
    assert "of the entropy" in said


def test_many_targets_share_a_sentence(kinds: Path) -> None:
    assert "depending on the target" in text_of(*answer.parts(loaded(kinds, "mixed"), None))
    details = text_of(answer.section(loaded(kinds, "mixed"), None))
    assert "intervals and sets" in details
    for name in ("grade", "answer", "code", "visits"):
        assert name in details


def test_a_guarantee_is_named(kinds: Path, workshop: Path) -> None:
    assert "are conformal: on average they hold" in text_of(answer.section(loaded(workshop, "guaranteed"), None))
    assert "conformal" not in text_of(answer.section(loaded(workshop, "bnn"), None))


def test_of_a_hidden_z_bands_of_missing_numbers(workshop: Path) -> None:
    model = loaded(workshop, "latent2")
    share = model.facts["hidden"]["coverage"]["0.9"]
    assert f"bands of 90 % hold about {100 * share:.0f} %" in text_of(*answer.parts(model, None))
    assert "a lower bound on log p(x)" in text_of(answer.section(model, None))
