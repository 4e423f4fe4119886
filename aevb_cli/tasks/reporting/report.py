"""The report of a model as a page: which sections there are, and in which order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Page, Section
from aevb_cli.settings import DRAWS
from aevb_cli.tasks.reporting import answer, behaviour, findings, fingerprints, hidden, provenance, training, unsure
from aevb_cli.tasks.reporting.predicted import Predicted
from aevb_cli.version import __version__

_MOST_NAMES = 3


@dataclass(frozen=True)
class ReportRequest:
    """What a report is to be of. name, sha256, header: of the model's file; draws: of the weights; seed: of these."""

    name: str
    sha256: str
    header: Mapping[str, Any]
    draws: int = DRAWS
    seed: int = 0


def report(model: TrainedModel, request: ReportRequest, tell: Callable[[int], None] = lambda done: None) -> Page:
    """The page on a model. It says why where something is missing. tell: is told how many sections are done."""
    torch.set_num_threads(1)
    predicted = None if model.hidden else Predicted(model, request.draws, request.seed)
    sections = _of_hidden(model, request) if predicted is None else _of_targets(model, request, predicted)
    subtitle = f"{fingerprints.kind(request.header)}, trained on {provenance.tables(model)}"
    return Page(
        _title(model), subtitle, answer.parts(model, predicted), tuple(_told(sections, tell)), f"aevb {__version__}"
    )


def _told(sections: Iterator[Section], tell: Callable[[int], None]) -> Iterator[Section]:
    for done, section in enumerate(sections, 1):
        tell(done)
        yield section


def place_of(model: Path) -> Path:
    """The default path of a model's report: beside the model."""
    return model.with_suffix(".html")


def _title(model: TrainedModel) -> str:
    features = _named([column.name for column in model.features], "columns")
    if model.hidden:
        count = len(model.hidden)
        return f"{count} hidden variable{'s' * (count > 1)} of {features}"
    return f"{_named([column.name for column in model.targets], 'targets')} from {features}"


def _named(names: list[str], what: str) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1)) if len(names) <= _MOST_NAMES else f"{len(names):,} {what}"


def _of_targets(model: TrainedModel, request: ReportRequest, predicted: Predicted) -> Iterator[Section]:
    yield findings.section(model, predicted.epistemic_shares)
    yield answer.section(model, predicted)
    yield behaviour.calibration(model)
    yield behaviour.observed(model, predicted)
    yield behaviour.effects(model, predicted)
    yield unsure.section(model, predicted)
    yield from _of_any(model, request)


def _of_hidden(model: TrainedModel, request: ReportRequest) -> Iterator[Section]:
    yield findings.section(model, ())
    yield answer.section(model, None)
    yield from hidden.sections(model, request.seed)
    yield from _of_any(model, request)


def _of_any(model: TrainedModel, request: ReportRequest) -> Iterator[Section]:
    yield provenance.section(model)
    yield training.section(model)
    yield fingerprints.section(model, request.name, request.sha256, request.header)
    yield fingerprints.words(model)
