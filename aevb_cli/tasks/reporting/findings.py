"""What a reader has to mind, each with its remedy: what the commands say of a model, and what its predictions tell."""

from collections.abc import Iterator, Sequence

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Finding, Findings, Section
from aevb_cli.tasks import summary, training
from aevb_cli.tasks.reporting.numbers import percent

LARGE = 0.3
"""The epistemic share of the uncertainty from which on more rows would narrow intervals plainly: by a sixth."""
_NAMED = 2
"""Targets that a sentence names."""


def section(model: TrainedModel, shares: Sequence[float]) -> Section:
    """The findings, or that there are none. shares: of each target the epistemic share, none where not known."""
    found = [*_warnings(model), *_notes(model, shares)]
    if not any(finding.serious for finding in found):
        found.append(Finding("Nothing to warn of was found.", serious=False))
    return Section("findings", "What to mind", (Findings(found),))


def _warnings(model: TrainedModel) -> Iterator[Finding]:
    if not model.facts["converged"]:
        yield Finding(f"Training has not converged: {summary.reached(model.facts)}. {training.way_on(model, 'MODEL')}")
    yield from (Finding(_sentence(line)) for line in training.doubts(model))


def _notes(model: TrainedModel, shares: Sequence[float]) -> Iterator[Finding]:
    yield from (Finding(_sentence(line), serious=False) for line in model.facts.get("notes", ()))
    if not all((model.facts["units"] or {"active": [True]})["active"]):
        yield from (Finding(line, serious=False) for line in summary.used(model.facts))
    large = [(target.name, share) for target, share in zip(model.targets, shares, strict=False) if share > LARGE]
    if large:
        of = " and ".join(f"{percent(share)} of what is uncertain about {name}" for name, share in large[:_NAMED])
        more = f" (and as much of {len(large) - _NAMED} more targets)" if len(large) > _NAMED else ""
        yield Finding(
            f"{of[:1].upper()}{of[1:]}{more} is epistemic: it comes of few rows, not of noise. More rows would reduce "
            "it, above all rows like those that the model is least sure of.",
            serious=False,
        )


def _sentence(line: str) -> str:
    return line[:1].upper() + line[1:]
