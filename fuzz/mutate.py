"""Mutated tables and model files through the whole program, in one process: only a good answer or a good refusal.

    python fuzz/mutate.py --count 100000 --seed 0

Each input is made from --seed and its own number, so `--first 4711 --count 1 --keep bad` gives one of them again. An
answer is bad where the exit code is not 0, 2, 3 or 4, where a traceback, a warning or more than three lines of error
come, or where it takes longer than a minute. A bad input is written to the folder --keep, with what was run on it.
"""
# ruff: noqa: S311, T201

import argparse
import io
import os
import random
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import models
import texts

from aevb_cli.app import app

ALLOWED = {0, 2, 3, 4}
TINY = ("--max-iterations", "2", "--hidden", "3,3", "--quiet", "-o", os.devnull)
SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a run of the program gave: its exit code, -1 where an exception came through, and its stderr."""

    code: int
    stderr: str

    @property
    def good(self) -> bool:
        """An allowed code, no traceback, and an error no longer than three lines."""
        error = self.stderr.partition("Error: ")[2]
        return self.code in ALLOWED and "Traceback" not in self.stderr and len(error.splitlines()) <= 3


@dataclass(frozen=True)
class Case:
    """A mutated input and the command that it is given to."""

    name: str
    content: bytes
    suffix: str
    command: Callable[[str], Sequence[str]]


def main() -> int:
    """Run the cases asked for and print the table; 1 where an answer was bad."""
    options = _options()
    counts: Counter[tuple[str, int]] = Counter()
    bad = 0
    with _workshop() as kit:
        for number in range(options.first, options.first + options.count):
            case = made(options.seed, number, kit)
            path = Path(f"mutant{case.suffix}")
            path.write_bytes(case.content)
            answer = run(case.command(str(path)))
            counts[case.name, answer.code] += 1
            if not answer.good:
                bad += 1
                _keep(Path(options.keep), number, case, answer)
            if options.every and (number + 1) % options.every == 0:
                print(f"{number + 1} done, {bad} bad", file=sys.stderr, flush=True)
    _print_table(counts)
    print(f"\n{options.count} inputs, {bad} with a bad answer.")
    return int(bad > 0)


def made(seed: int, number: int, kit: "Kit") -> Case:
    """The case of this number: a pure function of both."""
    chance = random.Random(f"{seed} {number}")
    if chance.random() < 0.4:
        return _model_case(chance, kit)
    trial = chance.choices(list(TRIALS), [share for share, _ in TRIALS.values()])[0]
    own = [kit.table] * 3 if trial in {"predict", "evaluate"} else [*kit.tables]
    content = texts.mutated(chance.choice(own), chance)
    suffix = chance.choices([".csv", ".csv.gz", ".parquet"], [60, 2, 1])[0]
    if suffix == ".csv.gz" and chance.random() < 0.7:
        content = texts.zipped(content)
    command = TRIALS[trial][1]
    return Case(trial, content, suffix, lambda path: command(path, chance, kit))


def _model_case(chance: random.Random, kit: "Kit") -> Case:
    model = chance.choice(kit.models)
    forged = chance.random() < 0.5
    content = models.forged(model.content, chance) if forged else texts.damaged(model.content, chance)
    verb = chance.choices(["inspect", "predict", "evaluate", "plot", "resume"], [3, 6, 2, 1, 2])[0]
    name = f"{verb} a {'forged' if forged else 'damaged'} model"
    return Case(name, content, ".safetensors", lambda path: _on_model(verb, path, model.table))


def _on_model(verb: str, path: str, table: str) -> list[str]:
    extra = {
        "inspect": ["--json"],
        "predict": [table, "--draws", "5", "-o", os.devnull],
        "evaluate": [table, "--draws", "5", "--importance-samples", "2", "--json"],
        "plot": ["--draws", "3", "--quiet", "-o", "mutant.png"],
        "resume": ["--data", table, "--max-iterations", "2", "--quiet", "-o", os.devnull],
    }
    return [verb, path, *extra[verb]]


def _trained_with(verb: str) -> Callable[[str, random.Random, "Kit"], list[str]]:
    def command(path: str, chance: random.Random, _: "Kit") -> list[str]:
        extra = chance.choice(((), ("--missing", "drop"), ("--missing", "learn")))
        if verb == "train-vae" and chance.random() < 0.5:
            return [verb, path, "--latent", "1", *extra, *TINY]
        return [verb, path, *(("--members", "2") if verb == "train-bnn" else ()), *extra, *TINY]

    return command


def _predict(path: str, chance: random.Random, kit: "Kit") -> list[str]:
    size, rule = chance.choice(("1", "7", "8192")), chance.choice(("error", "missing"))
    options = ["--draws", "3", "--chunk-rows", size, "--unseen", rule, "--quiet", "-o", os.devnull]
    return ["predict", chance.choice(kit.paths), path, *options]


def _evaluate(path: str, chance: random.Random, kit: "Kit") -> list[str]:
    return ["evaluate", chance.choice(kit.paths), path, "--draws", "3", "--importance-samples", "2", "--json"]


TRIALS: dict[str, tuple[int, Callable[[str, random.Random, "Kit"], list[str]]]] = {
    "train-vae": (3, _trained_with("train-vae")),
    "train-bnn": (1, _trained_with("train-bnn")),
    "predict": (5, _predict),
    "evaluate": (2, _evaluate),
}


def run(arguments: Sequence[str]) -> Answer:
    """Run the program here; a warning is an error, and so is silence for a minute."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    signal.alarm(SECONDS)
    try:
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("error")
            code = int(app(list(arguments), standalone_mode=False))
    except BaseException:
        return Answer(-1, err.getvalue() + traceback.format_exc())
    finally:
        signal.alarm(0)
    return Answer(code, err.getvalue())


@dataclass(frozen=True)
class Kit:
    """What cases are made from. table: that which `paths`, the models to predict with, were trained on."""

    tables: Sequence[bytes]
    table: bytes
    paths: Sequence[str]
    models: Sequence[models.Seed]


@contextmanager
def _workshop() -> Iterator[Kit]:
    """Stand in a folder of its own, with whole tables and whole models."""
    odd = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "tests/odd_tables").glob("*.csv"))]
    signal.signal(signal.SIGALRM, too_long)
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            seeds = models.prepared(run)
            table = Path(seeds[0].table).read_bytes()
            yield Kit([*odd, *[table] * 20], table, [seed.path for seed in seeds if seed.predicts], seeds)
        finally:
            os.chdir(before)


def too_long(*_: object) -> None:
    """The alarm's handler."""
    raise TimeoutError(f"no answer within {SECONDS} s")


def _keep(folder: Path, number: int, case: Case, answer: Answer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}{case.suffix}").write_bytes(case.content)
    told = f"{case.name}: {' '.join(case.command('mutant'))}\nexit {answer.code}\n{answer.stderr}"
    (folder / f"{number}.txt").write_text(told, encoding="utf-8", errors="backslashreplace")


def _print_table(counts: Counter[tuple[str, int]]) -> None:
    codes = sorted({code for _, code in counts} | ALLOWED)
    print("| what | " + " | ".join(f"exit {code}" for code in codes) + " | all |")
    print("|---" * (len(codes) + 2) + "|")
    for name in sorted({name for name, _ in counts}):
        row = [counts[name, code] for code in codes]
        print(f"| {name} | " + " | ".join(map(str, [*row, sum(row)])) + " |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="inputs to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--keep", default=f"{tempfile.gettempdir()}/aevb-fuzz", help="folder for inputs gone bad")
    parser.add_argument("--every", type=int, default=0, help="tell of the progress after so many inputs")
    options = parser.parse_args()
    options.keep = str(Path(options.keep).absolute())
    return options


if __name__ == "__main__":
    sys.exit(main())
