"""Every kind of model has its report: whole, by itself, the same twice, and with a reason for what is missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import pages
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.reporting.report import place_of, report
from tests.pages.parsed import Parsed, check
from tests.tasks.reporting.models import loaded, request

OF_TARGETS = ["findings", "new-rows", "calibration", "observed", "effects", "unsure", "table", "training", "settings"]
OF_HIDDEN = ["findings", "new-rows", "map", "reconstruction", "unsure", "table", "training", "settings"]


def sections(found: Parsed) -> list[str | None]:
    return [attributes.get("id") for attributes in found.named("section")]


def made(folder: Path, name: str, model: TrainedModel | None = None) -> Parsed:
    return check(pages.rendered(report(model or loaded(folder, name), request(folder, name))))


@pytest.mark.parametrize(
    ("name", "pictures"),
    [("vae", 4), ("bnn", 4), ("several", 7), ("targets", 11), ("latent1", 3), ("latent3", 3)],
)
def test_each_kind_has_its_report(name: str, pictures: int, workshop: Path) -> None:
    found = made(workshop, name)
    assert sections(found) == ["answer", *(OF_HIDDEN if name.startswith("latent") else OF_TARGETS), "words"]
    assert len(found.named("figure")) == pictures
    assert len(found.named("a")) == len(sections(found)) - 1


def test_targets_of_all_kinds(kinds: Path) -> None:
    found = made(kinds, "mixed")
    assert sections(found) == ["answer", *OF_TARGETS, "words"]
    assert len(found.named("figure")) == 4 + 1 + 4 * 3, "so few iterations have no trace"
    assert "very high" in found.words


def test_the_answer_comes_first(workshop: Path) -> None:
    page = report(loaded(workshop, "bnn"), request(workshop, "bnn"))
    assert page.title == "z from x"
    assert page.subtitle == "20 Bayesian neural networks, trained on data.csv"
    lead = page.answer[0]
    assert isinstance(lead, pages.Text)
    assert lead.lead
    assert lead.text.replace("\N{NO-BREAK SPACE}", " ").startswith("Of new rows, intervals of 90 % hold about ")


def test_a_hidden_z_with_words_and_gaps(people: Path) -> None:
    found = made(people, "people")
    assert sections(found) == ["answer", *OF_HIDDEN, "words"]
    assert "least expected cell" in found.words


def test_the_same_text_twice(workshop: Path) -> None:
    for name in ("bnn", "latent2"):
        one, two = (pages.rendered(report(loaded(workshop, name), request(workshop, name))) for _ in range(2))
        assert one == two


@pytest.mark.parametrize("name", ["bnn", "several", "latent2"])
def test_without_rows_it_says_why(name: str, workshop: Path) -> None:
    model = loaded(workshop, name)
    bare = replace(model, rows=model.rows[:0], predicted=model.predicted[:0], left_out=model.left_out[:0])
    found = made(workshop, name, bare)
    assert "holds no training rows" in found.words
    assert sections(found)[0] == "answer"


def test_without_held_out_rows_it_says_why(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    facts = {**model.facts, "held_out": None}
    found = made(workshop, "bnn", replace(model, facts=facts, pit=np.empty((0, 1)), predicted=model.predicted[:0]))
    assert "What to expect of new rows is not known." in found.words
    assert "nothing tells how often the intervals hold" in found.words
    assert "These rows trained the model" in found.words


def test_the_page_stands_beside_the_model() -> None:
    assert place_of(Path("a/m.safetensors")) == Path("a/m.html")
