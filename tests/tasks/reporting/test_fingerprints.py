"""What identifies a model: the digests of its file and of its table, its versions and all settings."""

import hashlib
from dataclasses import fields
from pathlib import Path

from aevb_cli.model_settings import BnnSettings
from aevb_cli.tasks.reporting import fingerprints
from tests.tasks.reporting.models import loaded, request, text_of


def test_digests_and_settings(workshop: Path) -> None:
    model, asked = loaded(workshop, "bnn"), request(workshop, "bnn")
    said = text_of(fingerprints.section(model, asked.name, asked.sha256, asked.header))
    assert hashlib.sha256((workshop / "bnn.safetensors").read_bytes()).hexdigest() in said
    assert model.facts["sha256"] in said
    assert "torch " in said
    for each in fields(BnnSettings):
        assert f"{each.name.replace('_', ' ')}: " in said
    assert "guarantee: no" in said


def test_the_kind(workshop: Path) -> None:
    assert fingerprints.kind(request(workshop, "vae").header) == "A variational auto-encoder"


def test_words_are_those_of_the_model(workshop: Path, kinds: Path) -> None:
    assert "Epistemic" in text_of(fingerprints.words(loaded(workshop, "bnn")))
    assert "Log-loss" in text_of(fingerprints.words(loaded(kinds, "answer")))
    assert "Hidden variable" in text_of(fingerprints.words(loaded(workshop, "latent2")))
