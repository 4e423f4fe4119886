"""What is to be minded is what the commands say, with a way out; and nothing is said where nothing is to be."""

from dataclasses import replace
from pathlib import Path

import torch

from aevb_cli.core.calibration.stacking import Stacking
from aevb_cli.pages import Findings
from aevb_cli.tasks import summary, training
from aevb_cli.tasks.reporting import findings
from tests.conftest import Call
from tests.tasks.reporting.models import loaded, text_of


def test_a_training_that_has_not_converged(workshop: Path) -> None:
    model = loaded(workshop, "vae")
    assert not model.facts["converged"]
    said = text_of(findings.section(model, ()))
    assert said.startswith("Training has not converged: 200 iterations")
    assert "aevb resume MODEL --max-iterations 400" in said


def test_nothing_to_mind(workshop: Path) -> None:
    model = loaded(workshop, "vae")
    good = {**model.facts, "converged": True, "held_out": None}
    (part,) = findings.section(replace(model, facts=good), [0.1]).parts
    assert isinstance(part, Findings)
    assert [finding.serious for finding in part.findings] == [False]


def test_coverage_that_is_short_and_few_rows(workshop: Path) -> None:
    model = loaded(workshop, "vae")
    scores = {**model.facts["held_out"], "groups": 12, "coverage": {"0.5": [0.5], "0.9": [0.2]}}
    facts = {**model.facts, "held_out": scores}
    said = text_of(findings.section(replace(model, facts=facts), ()))
    for line in summary.doubts(facts, ["z"]):
        assert line[1:] in said
    assert "fewer than chance explains" in said


def test_epistemic_uncertainty_is_told_where_it_is_large(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    assert "epistemic" not in text_of(findings.section(model, [findings.LARGE]))
    assert "50 % of what is uncertain about z is epistemic" in text_of(findings.section(model, [0.5]))


def test_a_collapse(workshop: Path) -> None:
    model = loaded(workshop, "latent2")
    units = {"active": [False, False], "information": [0.0, 0.0]}
    said = text_of(findings.section(replace(model, facts={**model.facts, "units": units}), ()))
    assert "posterior collapse" in said
    units = {"active": [True, False], "information": [1.0, 0.0]}
    said = text_of(findings.section(replace(model, facts={**model.facts, "units": units}), ()))
    assert "--latent 1 would do" in said


def test_equal_rows_and_wild_cells_were_said_in_training_and_are_said_again(call: Call, bench: Path) -> None:
    lines = (bench / "data.csv").read_text().splitlines()
    (bench / "odd.csv").write_text("\n".join([*lines, *lines[1:4], "1e9,0.5"]))
    assert call("train-vae", "odd.csv", "--max-iterations", "20", "--hidden", "4", "-q", "-o", "odd.safetensors") == 0
    said = text_of(findings.section(loaded(bench, "odd"), ()))
    assert "Column 'x': 1e+09 in record 154: over" in said
    assert "4 of 154 rows repeat the features of an earlier one." in said, "three copies, and the wild cell's"
    assert "odd.csv" not in said, "the page names the table once"


def test_networks_that_are_left_out(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    assert not model.without
    bnn = model.model
    wide = Stacking.none(1, 1).widened(torch.tensor([True, False]))
    spoilt = replace(bnn, settings=replace(bnn.settings, kl_weights=(1.0, 0.25)), calibration=wide)  # type: ignore[arg-type]
    model = replace(model, model=spoilt)
    assert model.without == (0.25,)
    assert "The networks of KL weight 0.25 are left out: " in text_of(findings.section(model, ()))
    assert any("KL weight 0.25" in line for line in training.TrainingResult(model, ()).doubts())
