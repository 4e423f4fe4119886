"""Forged model files with right hashes: each loads or is refused in a sentence, and what loads serves every command.

    python fuzz/forge.py --count 5000 --seed 0 --commands 200

A forgery is made from --seed and its own number. It is bad where loading or reading its header raises anything but
ModelFileError, takes longer than --seconds, or where a command on a forgery that loads gives another answer than
`running` allows.
"""
# ruff: noqa: S311, T201

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import models
import running

from aevb_cli.errors import ModelFileError
from aevb_cli.modelfile import reading, trained

COMMANDS: dict[str, Sequence[str]] = {
    "inspect": (),
    "inspect --json": ("--json",),
    "predict": ("--draws", "5", "-o", os.devnull),
    "evaluate": ("--draws", "5", "--importance-samples", "2"),
    "plot": ("--draws", "3", "-o", "mutant.png"),
    "plot --kind elbo": ("--kind", "elbo", "-o", "mutant.png"),
    "plot --kind calibration": ("--kind", "calibration", "-o", "mutant.png"),
    "resume": ("--max-iterations", "2", "--quiet", "-o", os.devnull),
}


def main() -> int:
    """Forge, load, run, and print how often what came; 1 where an answer was bad."""
    options = _options()
    loaded: Counter[str] = Counter()
    answers: Counter[tuple[str, int]] = Counter()
    bad, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        signal.signal(signal.SIGALRM, running.too_long)
        seeds = models.prepared(running.run)
        for number in range(options.first, options.first + options.count):
            chance = random.Random(f"{options.seed} {number}")
            seed = chance.choice(seeds)
            Path("forged.safetensors").write_bytes(models.forged(seed.content, chance))
            start = time.perf_counter()
            outcome = _loaded("forged.safetensors")
            seconds = time.perf_counter() - start
            slowest = max(slowest, seconds)
            loaded[outcome] += 1
            if outcome not in {"loads", "refused"} or seconds > options.seconds:
                bad += 1
                print(f"{number}: {outcome}, {seconds:.2f} s")
            elif outcome == "loads" and loaded["loads"] <= options.commands:
                bad += _served(number, seed, answers)
    for outcome, count in sorted(loaded.items()):
        print(f"{outcome}: {count}")
    for (name, code), count in sorted(answers.items()):
        print(f"{name}: exit {code}: {count}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest {slowest:.3f} s, peak memory {peak:.0f} MB\n{options.count} forgeries, {bad} with a bad answer.")
    return int(bad > 0)


def _loaded(path: str) -> str:
    """What came of reading the header alone and of loading all."""
    try:
        reading.read_header(Path(path))
        trained.load(Path(path))
    except ModelFileError:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "loads"


def _served(number: int, seed: models.Seed, answers: Counter[tuple[str, int]]) -> int:
    """Run every command on a forgery that loads; how many answers were bad."""
    bad = 0
    for name, extra in COMMANDS.items():
        verb = name.partition(" ")[0]
        table = [seed.table] if verb in {"predict", "evaluate"} else []
        data = ["--data", seed.table] if verb == "resume" and number % 2 else []
        answer = running.run([verb, "forged.safetensors", *table, *data, *extra])
        answers[name, answer.code] += 1
        if not answer.good:
            bad += 1
            print(f"{number}: {name}: exit {answer.code}\n{answer.stderr}")
    return bad


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000, help="forgeries to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first forgery")
    parser.add_argument("--commands", type=int, default=200, help="forgeries that load to run every command on")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long loading may take")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
