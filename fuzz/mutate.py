"""Mutated tables in all formats, and model files, through the whole program: only a good answer or a good refusal.

    python fuzz/mutate.py --count 100000 --seed 0

Each input is made from --seed and its own number, so `--first 4711 --count 1 --keep bad` gives one of them again. An
answer is bad where the exit code is not 0, 2, 3 or 4 (of training also 5), where a traceback, a warning or more than
three lines of error come, where it takes longer than a minute, or where the process ends. A bad input is written to the
folder --keep, with what was run on it.
"""
# ruff: noqa: T201

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import models
from cases import Case, Kit, made
from running import ALLOWED, Answer, Told, in_a_child, run, spread, too_long

ODD = Path(__file__).parents[1] / "tests/odd_tables"
SEEDS = "seeds"
TEXT = (".csv", ".tsv", ".txt")


def main() -> int:
    """Run the cases asked for and print the table; 1 where an answer was bad."""
    options = _options()
    counts: Counter[tuple[str, int]] = Counter()
    bad = 0
    numbers = range(options.first, options.first + options.count)
    with _workshop() as kit:

        def work(number: int) -> Told:
            case = made(options.seed, number, kit)
            answer = _answered(case)
            if not answer.good:
                _keep(Path(options.keep), number, case, answer)
            return {"name": case.name, "code": answer.code, "good": answer.good}

        for done, told in enumerate(spread(numbers, options.jobs, work), 1):
            if "lost" in told:
                case = made(options.seed, told["lost"], kit)
                told |= {"name": case.name, "code": -1, "good": False}
                _keep(Path(options.keep), told["lost"], case, Answer(-1, told["why"]))
            counts[told["name"], told["code"]] += 1
            bad += not told["good"]
            if options.every and done % options.every == 0:
                print(f"{done} done, {bad} bad", file=sys.stderr, flush=True)
    _print_table(counts)
    print(f"\n{options.count} inputs, {bad} with a bad answer.")
    return int(bad > 0)


def _answered(case: Case) -> Answer:
    """Run a case in a folder of this process."""
    here = Path(f"process{os.getpid()}")
    if not here.exists():
        shutil.copytree(SEEDS, here)
    os.chdir(here)
    try:
        Path(case.file).write_bytes(case.content)
        return run(case.command)
    finally:
        os.chdir("..")


@contextmanager
def _workshop() -> Iterator[Kit]:
    """Stand in a folder of its own, with whole tables and whole models in a folder there."""
    files = {path.name: path.read_bytes() for path in sorted(ODD.rglob("*")) if path.is_file()}
    odd = [content for name, content in files.items() if name.endswith(TEXT)]
    other = {name: content for name, content in files.items() if not name.endswith(TEXT) and "." in name[1:]}
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path(SEEDS).mkdir()
        os.chdir(SEEDS)
        try:
            in_a_child(_prepared)
            seeds = models.seeds()
            table = Path(seeds[0].table).read_bytes()
            os.chdir("..")
            yield Kit([*odd, *[table] * 40], other, table, [seed.path for seed in seeds if seed.predicts], seeds)
        finally:
            os.chdir(before)


def _prepared() -> None:
    """Train the models to start from."""
    signal.signal(signal.SIGALRM, too_long)
    models.prepared(run)


def _keep(folder: Path, number: int, case: Case, answer: Answer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / case.file.replace("mutant", str(number), 1)).write_bytes(case.content)
    told = f"{case.name}: aevb {' '.join(case.command)}\nexit {answer.code}\n{answer.stderr}"
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
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--keep", default=f"{tempfile.gettempdir()}/aevb-fuzz", help="folder for inputs gone bad")
    parser.add_argument("--every", type=int, default=0, help="tell of the progress after so many inputs")
    options = parser.parse_args()
    options.keep = str(Path(options.keep).absolute())
    return options


if __name__ == "__main__":
    sys.exit(main())
