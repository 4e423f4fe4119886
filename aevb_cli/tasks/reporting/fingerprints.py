"""What identifies a model and how it came about, and the words that a report uses."""

from collections.abc import Mapping
from typing import Any

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Fact, Facts, Section
from aevb_cli.tasks import portrait
from aevb_cli.tasks.reporting import provenance

_SHOWN = {"model": "Model", "target": "Target", "training": "Training", "intervals": "Intervals", "made by": "Made by"}

_SAID = {
    "Interval": "Where a new value is expected: one of 90 % is meant to hold 90 of 100 new values.",
    "Coverage": "The share of values that intervals did hold.",
    "Held-out row": "A row that was kept from the networks that predict it, as a new row would be.",
    "Aleatoric": "The part of the uncertainty that is noise: more rows would not reduce it.",
    "Epistemic": "The part that is not knowing: it shrinks as rows are added, and grows where there are few.",
    "RMSE": "The root of the mean squared difference between prediction and value, in the target's unit.",
    "Log-likelihood": "The mean logarithm of the density or probability that was given to what happened, in nats: "
    "the higher the better. A density and a probability do not compare.",
    "ELBO": "What training maximises: a lower bound on the log-likelihood of the training rows, in nats per row.",
}
_SAID_OF_CLASSES = {
    "Set": "The classes that a new row may have: sets of 90 % are meant to hold the class of 90 of 100 new rows.",
    "Log-loss": "Minus the log-likelihood: 0 where what happened was always foreseen for certain.",
}
_SAID_OF_HIDDEN = {
    "Hidden variable": "A number behind the columns of a row, which the model finds by itself.",
    "Band": "Where a missing number is expected, given the other cells of its row.",
    "log p(x)": "How likely the model finds a row, in nats.",
    "Rank": "The share of left-out rows that are at most as likely: a rank of 0.01 is one in a hundred.",
    "ELBO": _SAID["ELBO"],
}


def section(model: TrainedModel, name: str, sha256: str, header: Mapping[str, Any]) -> Section:
    """Settings, versions and hashes. header: of the model's file, in JSON values."""
    lines = portrait.lines(header)
    facts = [Fact(heading, lines[key]) for key, heading in _SHOWN.items()]
    versions = ", ".join(f"{package} {number}" for package, number in sorted(header["versions"].items()))
    settings = {**header["settings"], **header["training"]}
    told = " · ".join(f"{key.replace('_', ' ')}: {_text(value)}" for key, value in sorted(settings.items()))
    facts += [Fact("All settings", told), Fact("Versions", versions)]
    facts += [Fact("Model file", name, f"SHA-256 {sha256}")]
    facts.append(Fact("Table", provenance.tables(model), f"SHA-256 {model.facts['sha256']}"))
    return Section("settings", "Settings and fingerprints", (Facts(facts),))


def kind(header: Mapping[str, Any]) -> str:
    """What kind of model it is, without its sizes."""
    text = portrait.lines(header)["model"].partition(",")[0]
    return text[:1].upper() + text[1:]


def words(model: TrainedModel) -> Section:
    """The words of a report that are not everyone's."""
    kinds = {family.kind for family in model.model.target_families} if model.targets else set()
    said = _SAID_OF_HIDDEN if model.hidden else _SAID | (_SAID_OF_CLASSES if "class" in kinds else {})
    return Section("words", "Words on this page", (Facts([Fact(word, text) for word, text in said.items()]),))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
