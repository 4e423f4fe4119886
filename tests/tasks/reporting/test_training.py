"""How a training went: its trace, or that there is none."""

from dataclasses import replace
from pathlib import Path

from aevb_cli.pages import Picture
from aevb_cli.tasks.reporting import training
from tests.tasks.reporting.models import loaded, text_of


def test_the_trace(workshop: Path) -> None:
    section = training.section(loaded(workshop, "vae"))
    assert isinstance(section.parts[-1], Picture)
    assert "200\nnot converged" in text_of(section)


def test_too_few_records(workshop: Path) -> None:
    model = loaded(workshop, "vae")
    short = replace(model, trace={name: values[:1] for name, values in model.trace.items()})
    assert "Too few iterations" in text_of(training.section(short))
