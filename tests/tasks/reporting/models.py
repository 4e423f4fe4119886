"""Models of each kind by name, and their reports."""

from pathlib import Path

from aevb_cli import pages
from aevb_cli.modelfile import reading, trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Part, Section
from aevb_cli.tasks.reporting.report import ReportRequest


def loaded(folder: Path, name: str) -> TrainedModel:
    return trained.load(folder / f"{name}.safetensors")


def request(folder: Path, name: str, draws: int = 40) -> ReportRequest:
    path = folder / f"{name}.safetensors"
    return ReportRequest(path.name, reading.digest_of(path), reading.read_header(path), draws)


def text_of(*parts: Part | Section) -> str:
    """All that some parts say."""
    own = [part for each in parts for part in (each.parts if isinstance(each, Section) else [each])]
    found = []
    for part in own:
        match part:
            case pages.Text():
                found.append(part.text)
            case pages.Facts():
                found += [text for fact in part.facts for text in (fact.name, fact.value, fact.note)]
            case pages.Grid():
                found += [part.caption, *part.header, *(cell for row in part.rows for cell in row)]
            case pages.Findings():
                found += [finding.text for finding in part.findings]
            case pages.Picture():
                found += [part.title, part.caption]
    return "\n".join(found).replace("\N{NO-BREAK SPACE}", " ")
