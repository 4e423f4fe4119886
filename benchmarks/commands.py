"""Small commands from start to exit beside `python -c "import torch"`, in turn: what they add to what none can avoid.

    python benchmarks/commands.py                   all, 9 rounds
    python benchmarks/commands.py plot --rounds 15  one of them

Prints a Markdown table: medians of seconds, their ratio and its bar, and the same ratio of processor time, which a busy
machine changes less. Modules are compiled beforehand, as where the tool is installed. Needs `aevb` on PATH.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PREPARED = (
    "simulate --n 150 -o data.csv",
    "train-vae data.csv --quiet -o vae.safetensors",
    "train-bnn data.csv --recipe report --quiet -o bnn.safetensors",
)
COMMANDS = {
    "train-vae": ("train-vae data.csv --quiet -o trained.safetensors", 1.7),
    "plot": ("plot vae.safetensors --quiet -o picture.png", 1.1),
    "predict": ("predict bnn.safetensors data.csv --quiet -o predicted.csv", 1.1),
}
"""What is timed, and how many times the import of torch it may take. Rows are 150; the network is the report's."""

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Time what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", choices=[*COMMANDS, []], help="all of them, if none is named")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    names = asked.commands or list(COMMANDS)
    lines = {name: ["aevb", *COMMANDS[name][0].split()] for name in names}
    lines["torch"] = [sys.executable, "-c", "import torch"]
    with tempfile.TemporaryDirectory() as folder:
        for line in PREPARED:
            seconds(["aevb", *line.split()], Path(folder))
        rounds = [{name: seconds(line, Path(folder)) for name, line in lines.items()} for _ in range(asked.rounds + 1)]
    print(
        "| command | seconds | `import torch` | ratio | bar | ratio of processor time |\n|---|---:|---:|---:|---|---:|"
    )
    bare = medians(rounds, "torch")
    for name in names:
        found = medians(rounds, name)
        ratio, of_processor = found[0] / bare[0], found[1] / bare[1]
        verdict = f"{COMMANDS[name][1]} {'met' if ratio <= COMMANDS[name][1] else '**missed**'}"
        print(f"| {name} | {found[0]:.2f} | {bare[0]:.2f} | {ratio:.2f} | {verdict} | {of_processor:.2f} |")


def seconds(line: list[str], folder: Path) -> tuple[float, float]:
    """Run a process to its end: wall-clock seconds, and those of the processor."""
    start = time.perf_counter()
    process = subprocess.Popen(line, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(code, line)
    return wall, usage.ru_utime + usage.ru_stime


def medians(rounds: list[dict[str, tuple[float, float]]], name: str) -> tuple[float, float]:
    """The medians of both over all rounds but the first, which compiles."""
    wall, processor = zip(*(each[name] for each in rounds[1:]), strict=True)
    return statistics.median(wall), statistics.median(processor)


if __name__ == "__main__":
    main()
