"""The record of a folder of predictions, `_aevb.json`: what was asked for, from which inputs, and what is there.

It holds no time, host or path of the tool's, so the same command over the same inputs gives the same bytes.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from aevb_cli.errors import UsageError
from aevb_cli.printable import printable

NAME = "_aevb.json"

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, Meta(min_length=1)]
State = Literal["begun", "interrupted", "incomplete", "done"]
"""Of a run: not ended or killed, ended by a signal or an error, ended with inputs that have no predictions, whole."""


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with these keys and no others."""


class ModelFile(Record, frozen=True):
    """The name of a model's file, and the SHA-256 of its bytes."""

    name: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Options(Record, frozen=True):
    """The options that change the output, as the command line names them."""

    interval: tuple[float, ...]
    quantile: tuple[float, ...]
    above: tuple[float, ...]
    per_class: bool
    draws: Count
    seed: Count
    prefix: str
    missing: str
    unseen: str
    device: str
    na: tuple[str, ...]
    decimal: str | None
    separator: str | None
    encoding: str | None
    header: bool | None
    sheet: str | None
    why: bool = False


class Input(Record, frozen=True):
    """An input, its size in bytes and the version that its store tells, and the name of its output in the folder."""

    input: Text
    size: Count
    version: str
    output: Text


class Output(Record, frozen=True):
    """What became of an input: the rows of its output, or the sentence that says why there is none."""

    output: Text
    state: Literal["done", "failed"]
    rows: Count = 0
    error: str = ""


class Manifest(Record, frozen=True):
    """A folder of predictions, or a part of one. part: which of how many; None for the whole folder."""

    format: Literal[1]
    command: Literal["predict"]
    state: State
    part: tuple[Count, Count] | None
    versions: dict[str, str]
    model: ModelFile
    options: Options
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    @property
    def name(self) -> str:
        """The name of its file in the folder."""
        return NAME if self.part is None else part_name(*self.part)

    def but(self, **changes: Any) -> "Manifest":
        """Return it with some keys changed."""
        return msgspec.structs.replace(self, **changes)

    def encoded(self) -> bytes:
        """The bytes of its file: a line for each key, input and output; UsageError for names that are no UTF-8."""
        try:
            return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"
        except UnicodeEncodeError as error:
            name = printable(str(error.object))
            raise UsageError(f"'{name}' is no UTF-8, which the record of a folder needs. Rename the file.") from error


def part_name(number: int, count: int) -> str:
    """The name of a part's record: parts that run at the same time write a file each.

    >>> part_name(3, 100)
    '_aevb.part-003-of-100.json'
    """
    width = len(str(count))
    return f"_aevb.part-{number:0{width}}-of-{count}.json"


def is_own(name: str) -> bool:
    """Whether a file's name is that of a record."""
    return name == NAME or (name.startswith("_aevb.part-") and name.endswith(".json"))


def decoded(content: bytes, place: str) -> Manifest:
    """The record in a file's bytes.

    Raises
    ------
    UsageError
        it is none, or one of a newer aevb. place: of the file, in the message.
    """
    try:
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise UsageError(f"{place}: not a record of this aevb's ({reason}). Give another folder with -o.") from error


def differences(before: Manifest, now: Manifest) -> Iterator[str]:
    """What another command would have given another output for, each with both values, as words."""
    if before.model.sha256 != now.model.sha256:
        was, is_now = (f"{each.model.name} ({each.model.sha256[:12]})" for each in (before, now))
        yield f"the model {was}, now {is_now}"
    old, new = (msgspec.structs.asdict(each.options) for each in (before, now))
    yield from (f"--{name.replace('_', '-')} {_said(old[name])}, now {_said(new[name])}" for name in _odd(old, new))
    yield from (
        f"{name} {before.versions.get(name, 'none')}, now {now.versions.get(name, 'none')}"
        for name in _odd(before.versions, now.versions)
    )


def _odd(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in {**before, **now} if before.get(name) != now.get(name)]


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_said, value)) or "none"
    if value is None or value is True or value is False:
        return {None: "not given", True: "on", False: "off"}[value]
    return f"{value:.15g}" if isinstance(value, float) else repr(value) if value in {"", " ", "\t"} else str(value)
