"""The folder of many predictions: what is to be in it, what is there already, and the record of both.

There are no locks, since object storage has none. Every file is written whole, and by one writer: a run over all inputs
writes `_aevb.json`, and one over a part of them a record of its own. The `_aevb.json` that parts begin with is the same
whichever writes it; the last one to end finds the records of all others and completes it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aevb_cli import manifests, places, tables
from aevb_cli.errors import OutputError, UsageError, reason_of
from aevb_cli.manifests import Input, Manifest, Output, State
from aevb_cli.settings import CHUNK_ROWS, Part

EVERY = 10.0
"""Seconds between two writings of a record that grows: what a killed run has not recorded is counted again."""


@dataclass
class Begun:
    """A run in its folder. record: of what it does; outputs: by name, those that were there and those that it made."""

    folder: str
    record: Manifest
    outputs: dict[str, Output]
    fresh: bool = False
    _written: float = field(default_factory=time.monotonic)

    @property
    def missing(self) -> list[str]:
        """The names of the outputs that are not there yet."""
        return [each.output for each in self.record.inputs if each.output not in self.outputs]

    def add(self, output: Output) -> None:
        """Take note of what became of an input, and write that down now and then."""
        self.outputs[output.output] = output
        if time.monotonic() - self._written > EVERY:
            self.write("begun")
            self._written = time.monotonic()

    def write(self, state: State) -> None:
        """Write the record of what is done so far; OutputError where that is not possible."""
        found = tuple(self.outputs[each.output] for each in self.record.inputs if each.output in self.outputs)
        self.record = self.record.but(state=state, outputs=found)
        _write(self.folder, self.record)

    def end(self) -> None:
        """Write the record of a run that has ended; the last of several parts completes that of the folder."""
        done = all(self.outputs[each.output].state == "done" for each in self.record.inputs)
        self._close("done" if done else "incomplete")
        if self.record.part and (parts := self._all_parts(*self.record.part)):
            _write(self.folder, _joined(parts))

    def leave(self) -> None:
        """Write the record of a run that has not come to its end."""
        self._close("interrupted")

    def _close(self, state: State) -> None:
        """Write the record, or remove it where the folder was empty and still has no output."""
        if self.fresh and self.record.inputs and _names(self.folder) <= {self.record.name}:
            places.remove(places.joined(self.folder, self.record.name))
        else:
            self.write(state)

    def _all_parts(self, number: int, count: int) -> list[Manifest] | None:
        """The records of all parts, None unless all have ended. The next one is looked at first: others end later."""
        found = [self.record]
        for following in range(number, number + count - 1):
            name = manifests.part_name(following % count + 1, count)
            if not (record := _read(self.folder, name)) or record.state not in {"done", "incomplete"}:
                return None
            found.append(record)
        for each in found:
            _check_same(self.folder, each, self.record)
        return found


def begin(folder: str, plan: Manifest, *, resume: bool, part: Part | None, say: Callable[[str], None]) -> Begun:
    """Begin a run in a folder, or go on with one, and write its record.

    plan: all inputs, without outputs; resume: what is there already counts. A part may begin beside others.

    Raises
    ------
    UsageError
        the folder is not empty and is not to be gone on with, or it was begun by another command.
    OutputError
        it cannot be written.
    """
    names = _names(folder)
    whole, own = plan, _share(plan.inputs, part) if part else plan.inputs
    if part:
        plan = plan.but(part=tuple(part), inputs=own)
    before = [record for name in _of_interest(names, part, resume=resume) if (record := _read(folder, name))]
    known = next((record for record in before if record.part is None), None)
    _check_begun(folder, names, plan, known, resume=resume)
    for record in before:
        _check_same(folder, record, plan)
    if known:
        _check_inputs(folder, known, whole, part, say)
    kept = _kept(folder, [each for each in own if each.output in names], before, say)
    _make(folder)
    if known is None and part:
        _write(folder, whole)
    begun = Begun(folder, plan, kept, fresh=not names and not part)
    begun.write("begun")
    return begun


def _names(folder: str) -> set[str]:
    """The names of what is in the folder."""
    return set(map(places.name, places.inside(folder))) if places.is_folder(folder) else set()


def _make(folder: str) -> None:
    """Make the folder, if it is one of this machine's; OutputError where that is not possible."""
    try:
        if path := places.local(folder):
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{_at(folder)} no folder can be made there: {reason_of(error)}.") from error


def _share(inputs: Sequence[Input], part: Part) -> tuple[Input, ...]:
    """Every count-th input: parts are disjoint, their sizes differ by one at most, and together they are the whole."""
    return tuple(inputs[part.number - 1 :: part.total])


def _of_interest(names: set[str], part: Part | None, *, resume: bool) -> list[str]:
    """The records that may say what is there of a run's outputs: not those of the parts that run beside it."""
    found = sorted(filter(manifests.is_own, names))
    if part is None:
        return found
    beside = f"-of-{part.total}.json"
    own = {manifests.NAME, manifests.part_name(*part)}
    return [name for name in found if name in own or (resume and not name.endswith(beside))]


def _check_begun(folder: str, names: set[str], plan: Manifest, known: Manifest | None, *, resume: bool) -> None:
    """UsageError for a folder with other files, or one that is begun where it is not to be gone on with."""
    if names and not known:
        raise UsageError(
            f"{_at(folder)} this folder is not empty, and no predictions were begun in it. Name an empty one; "
            f"--resume goes on with one that has a record, {manifests.NAME}."
        )
    own = {plan.name, *(each.output for each in plan.inputs)} if plan.part else names
    if not resume and names & own:
        what = f"part {plan.part[0]} of {plan.part[1]} has been begun in it" if plan.part else "it is not empty"
        raise UsageError(f"{_at(folder)} {what}. To compute what is missing, add --resume; or name another folder.")


def _check_same(folder: str, before: Manifest, now: Manifest) -> None:
    """UsageError where another command began the folder: whatever another output would have come of."""
    if odd := list(manifests.differences(before, now)):
        raise UsageError(
            f"{_at(folder)} its predictions were begun otherwise, with {'; '.join(odd)}. "
            "Give the same, or name another folder."
        )


def _check_inputs(folder: str, known: Manifest, plan: Manifest, part: Part | None, say: Callable[[str], None]) -> None:
    """UsageError where inputs have gone; new ones are taken, unless parts share them out and have to agree on them."""
    before, now = ({each.output: each.input for each in record.inputs} for record in (known, plan))
    if gone := [place for name, place in before.items() if name not in now]:
        raise UsageError(
            f"{_at(folder)} begun with {gone[0]}, which is not among the inputs of this command"
            f"{_and_more(gone)}. Name the same inputs, or another folder."
        )
    new = [place for name, place in now.items() if name not in before]
    if new and part:
        raise UsageError(
            f"{_at(folder)} begun without {new[0]}{_and_more(new)}, and parts share out the inputs by "
            "their places in the list. Go on with all of them, without --part."
        )
    if new:
        say(f"New since the folder was begun: {new[0]}{_and_more(new)}.")


def _kept(
    folder: str, there: Sequence[Input], before: Sequence[Manifest], say: Callable[[str], None]
) -> dict[str, Output]:
    """The outputs that count, by name: those whose inputs are as they were. The others are removed."""
    seen = {each for record in before for each in _versions(record.inputs)}
    stale = [each for each, version in zip(there, _versions(there), strict=True) if version not in seen]
    for each in stale:
        places.remove(places.joined(folder, each.output))
    if stale:
        more = _and_more([each.input for each in stale])
        say(f"Changed since its predictions were made: {stale[0].input}{more}. They are computed again.")
    done = {each.output: each for record in before for each in record.outputs if each.state == "done"}
    fresh = [each.output for each in there if each not in stale]
    return {name: done.get(name) or Output(name, "done", _rows(places.joined(folder, name))) for name in fresh}


def _versions(inputs: Iterable[Input]) -> list[tuple[str, int, str]]:
    return [(each.output, each.size, each.version) for each in inputs]


def _rows(place: str) -> int:
    """The rows of an output that no record names: a run was killed before it could."""
    return sum(len(chunk.text[0]) for chunk in tables.stream(place, [], chunk_rows=CHUNK_ROWS))


def _joined(parts: Sequence[Manifest]) -> Manifest:
    """The record of the whole folder, the same as that of one run over all inputs."""
    inputs = sorted((each for part in parts for each in part.inputs), key=lambda each: each.output)
    outputs = sorted((each for part in parts for each in part.outputs), key=lambda each: each.output)
    state: State = "done" if all(part.state == "done" for part in parts) else "incomplete"
    return parts[0].but(part=None, state=state, inputs=tuple(inputs), outputs=tuple(outputs))


def _read(folder: str, name: str) -> Manifest | None:
    """A record of the folder, None where there is none; UsageError where it is none."""
    place = places.joined(folder, name)
    if places.facts(place) is None:
        return None
    with places.opened(place) as file:
        return manifests.decoded(file.read(), place)


def _write(folder: str, record: Manifest) -> None:
    with places.replacing(places.joined(folder, record.name)) as file:
        file.write(record.encoded())


def _and_more(names: Sequence[str]) -> str:
    return f", and {len(names) - 1} more" if len(names) > 1 else ""


def _at(folder: str) -> str:
    return f"-o {places.shown(folder)}:"
