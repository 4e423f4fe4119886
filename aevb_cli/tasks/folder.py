"""Predictions of many files in a folder: what is to be in it, and the run that puts in what is missing."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from aevb_cli import places, tables
from aevb_cli.errors import AevbError, DataError, Interrupted, OutputError, UsageError
from aevb_cli.manifests import Input, Manifest, ModelFile, Options, Output
from aevb_cli.tasks import outputs
from aevb_cli.tasks.counts import Counts
from aevb_cli.tasks.manifest import Begun
from aevb_cli.tasks.shards import Map, Outcome, Shard, Work
from aevb_cli.version import __version__

PACKAGES = ("numpy", "pyarrow", "torch")
"""What an output's bytes depend on, beside this tool."""

_ASKED_AT_ONCE = 16
"""Inputs whose store is asked about them at once: each answer takes a while."""


@dataclass(frozen=True)
class Plan:
    """What is to be in a folder. record: its inputs as they may be shown; sources: each input, by its output's name."""

    folder: str
    record: Manifest
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Progress:
    """How far all shards are. iteration: shards done; rows: of these, and of the one under way in this process."""

    iteration: int
    rows: int

    def shown(self) -> dict[str, float]:
        """The rows."""
        return {"rows": self.rows}


def planned(work: Work, sources: Sequence[str], folder: str, say: Callable[[str], None]) -> Plan:
    """Plan an output for every input, of its stem and form. say: is told where a form is another.

    Raises
    ------
    UsageError
        stdin is among the inputs, an output is an input, or two inputs would have one output.
    DataError
        an input is not there.
    """
    if "-" in sources:
        raise UsageError(f"-o {places.shown(folder)}: stdin has no name that its output could have. Name a file.")
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        names = list(pool.map(tables.output_name, sources))
        found = dict(sorted(zip(names, sources, strict=True)))
        _check_names(names, sources)
        inputs = tuple(pool.map(_input, found.values(), found))
    outputs.check_apart((places.joined(folder, name) for name in found), sources)
    odd = [(name, source) for name, source in found.items() if name != places.name(source)]
    if odd:
        more = f", and {len(odd) - 1} more so" if len(odd) > 1 else ""
        say(f"{places.shown(odd[0][1])}: its form cannot be written, so the output is {odd[0][0]}{more}.")
    versions = {"aevb": __version__, **{name: version(name) for name in PACKAGES}}
    model = ModelFile(Path(work.model).name, work.sha256)
    record = Manifest(1, "predict", "begun", None, versions, model, _options(work), inputs, ())
    return Plan(folder, record, found)


def _check_names(names: Sequence[str], sources: Sequence[str]) -> None:
    """UsageError where two outputs would have one name, on any system."""
    first: dict[str, str] = {}
    for name, source in zip(names, sources, strict=True):
        if other := first.get(name.casefold()):
            raise UsageError(
                f"{places.shown(source)}: its output would be that of {places.shown(other)}, {name}. "
                "Give each a folder of its own."
            )
        first[name.casefold()] = source


def run(
    work: Work,
    plan: Plan,
    begun: Begun,
    show: Callable[[Progress], None],
    way_on: str,
    mapped: Map | None = None,
) -> list[str]:
    """Compute what is missing. Returns what to say of the rows that were predicted now.

    show: is given the progress; way_on: how to go on, said where the run does not come to its end; mapped: who computes
    the shards; None: this process, one after another.

    Raises
    ------
    Interrupted
        a signal came: what is done stays.
    DataError, UsageError
        some shards have no output: the first one's sentence, and how many; the others are done.
    OutputError, ModelFileError, ResourceError
        as `Work` or whoever computes the shards: what is done stays.
    """
    faults: dict[str, AevbError] = {}
    try:
        shards = [Shard(plan.sources[name], places.joined(plan.folder, name)) for name in begun.missing]
        counts = _computed(work, shards, begun, show, mapped, faults)
    except BaseException as error:
        with contextlib.suppress(OutputError):  # what cannot be written has been said
            begun.leave()
        if isinstance(error, KeyboardInterrupt | SystemExit):
            code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 130
            raise Interrupted(f"Interrupted: {told(begun)}. {way_on}", code) from error
        if isinstance(error, AevbError):
            error.args = (*error.args[:2], f"{told(begun)}. {way_on}")
        raise
    begun.end()
    if faults:
        raise _fault(begun, faults, way_on)
    return list(counts.sentences()) if counts else []


def _computed(
    work: Work,
    shards: Sequence[Shard],
    begun: Begun,
    show: Callable[[Progress], None],
    mapped: Map | None,
    faults: dict[str, AevbError],
) -> Counts | None:
    """Compute shards, and take note of each as it comes. Returns the counts of their rows.

    faults: get those of shards without an output, by its name.
    """
    done, rows = len(begun.outputs), sum(each.rows for each in begun.outputs.values())
    counts: Counts | None = None
    do: Callable[[Shard], Outcome] = work
    if mapped is None:
        do = partial(work, tell=lambda more: show(Progress(done, rows + more)))
    show(Progress(done, rows))
    for outcome in (mapped or map)(do, shards):
        done, rows = done + 1, rows + outcome.rows
        begun.add(_output(outcome))
        show(Progress(done, rows))
        if outcome.fault:
            faults[places.name(outcome.shard.output)] = outcome.fault
        elif counts and outcome.counts:
            counts.join(outcome.counts)
        else:
            counts = outcome.counts
    return counts


def _output(outcome: Outcome) -> Output:
    name, fault = places.name(outcome.shard.output), outcome.fault
    return Output(name, "failed", error=str(fault)) if fault else Output(name, "done", outcome.rows)


def _fault(begun: Begun, faults: Mapping[str, AevbError], way_on: str) -> AevbError:
    """The error of shards without an output: the first one's, with their number."""
    first = next(faults[each.output] for each in begun.record.inputs if each.output in faults)
    bad, count = len(faults), len(begun.record.inputs)
    what = f"{bad} of {count} inputs {'has' if bad == 1 else 'have'} no predictions"
    way = f"; {told(begun)}. When {'it is' if bad == 1 else 'they are'} mended: {way_on}" if bad < count else "."
    first.args = (*first.args[:2], f"{what}{way}")
    return first


def told(begun: Begun) -> str:
    """How many outputs are in the folder, a clause that may begin a sentence."""
    done = sum(each.state == "done" for each in begun.outputs.values())
    verb = "is" if done == 1 else "are"
    return f"{done} of {len(begun.record.inputs)} outputs {verb} in {places.shown(begun.folder)}"


def _input(source: str, name: str) -> Input:
    """An input as it is now; DataError where it is not there."""
    found = places.facts(source)
    if found is None:
        raise DataError(f"{places.shown(source)}: there is no such file.")
    return Input(places.without_secrets(source), found.size, found.version, name)


def _options(work: Work) -> Options:
    request, read = work.request, work.reading.options
    return Options(
        interval=tuple(request.appended.levels),
        quantile=tuple(request.appended.quantiles),
        above=tuple(request.appended.above),
        per_class=request.appended.per_class,
        draws=request.draws,
        seed=request.seed,
        prefix=request.prefix,
        missing=request.missing,
        unseen=work.reading.unseen,
        device=request.device,
        na=read.na,
        decimal=read.decimal,
        separator=read.separator,
        encoding=read.encoding,
        header=read.header,
        sheet=read.sheet,
        why=request.appended.why,
    )
