"""Time the tool beside its peers, pairs in turn in one run: what counts is the ratio.

    python benchmarks/speed.py --peers PEERS.py --python VENV/bin/python               everything
    python benchmarks/speed.py --peers PEERS.py --python VENV/bin/python steps tables  some of it

PEERS.py trains the same small models in JAX and NumPyro (its commands: `bnn jax data.csv`, `vae jax data.csv`,
`bnn numpyro data.csv`, `predict numpyro`) and prints us_per_iteration as JSON; VENV holds jax, numpyro, pandas, polars
and pyarrow, none of which the tool needs. Needs `aevb` on PATH. Prints a Markdown table; bars are the project's own.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
REPORT = "train-bnn {0}/data.csv --features x --recipe report --noise-model constant --estimator shared --no-held-out"
HIDDEN = (
    "train-vae {0}/data.csv --features z --latent 1 --prior standard --hidden 25,25 --decoder-hidden 25 --dropout 0 "
    "--no-held-out --patience 0 --learning-rate 0.01"
)
WIDE = "train-bnn {0}/wide.csv --recipe report --noise-model constant --estimator shared --no-held-out --hidden 50,50"


@dataclass(frozen=True)
class Run:
    """One process as seen from outside, and what it printed."""

    seconds: float
    mebibytes: float
    output: str


@dataclass(frozen=True)
class Bench:
    """Where things are, and how often each pair is timed."""

    folder: Path
    peers: Path
    python: Path
    rounds: int

    def aevb(self, line: str, program: str = "aevb") -> Run:
        """Run the tool, or another version of it; {0} is the folder."""
        return watched([program, *line.format(self.folder).split()])

    def peer(self, line: str) -> Run:
        """Run a peer."""
        return watched([str(self.python), str(self.peers), *line.format(self.folder).split()])

    def beside(self, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
        """Medians of both, timed in turn."""
        pairs = [(ours(), theirs()) for _ in range(self.rounds)]
        first, second = (statistics.median(part) for part in zip(*pairs, strict=True))
        return first, second


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them, if none is named")
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print("| work | aevb | peer | ratio | bar |\n|---|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.peers.resolve(), asked.python.absolute(), asked.rounds)
        bench.aevb("simulate --n 150 -o {0}/data.csv")
        for part in asked.parts or PARTS:
            PARTS[part](bench)


def watched(command: list[str]) -> Run:
    """Run a command to its end; its wall-clock seconds, peak resident set and stdout."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        output = out.read().decode()
    if code := os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(code, command)
    return Run(seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), output)


def row(work: str, ours: str, theirs: str, ratio: float, bar: float) -> None:
    """Print a line of the table."""
    met = "met" if ratio <= bar else "**missed**"
    print(f"| {work} | {ours} | {theirs} | {ratio:.2f} | {bar} {met} |", flush=True)


def steady(bench: Bench, line: str, program: str = "aevb") -> float:
    """Microseconds per iteration once it runs: the median over the training log's windows but the first two."""
    bench.aevb(f"{line} --quiet --log {{0}}/log.csv -o {{0}}/m.safetensors", program)
    with Path(bench.folder, "log.csv").open() as file:
        times = [(int(each["iteration"]), float(each["seconds"])) for each in csv.DictReader(file)][2:]
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) * 1e6 for a, b in pairwise(times))


def processes(bench: Bench) -> None:
    """Training from start to exit."""
    report = f"{REPORT} --max-iterations 3000 --batch-size 150 --quiet -o {{0}}/m.safetensors"
    hidden = f"{HIDDEN} --max-iterations 3000 --batch-size 150 --quiet -o {{0}}/m.safetensors"
    for work, line, peer, bar in (
        ("train-bnn, 3,000 steps, process; JAX", report, "bnn jax {0}/data.csv", 0.8),
        ("the same; NumPyro", report, "bnn numpyro {0}/data.csv", 0.2),
        ("train-vae, hidden z, 3,000 steps, process; JAX", hidden, "vae jax {0}/data.csv", 0.8),
    ):
        ours, theirs = bench.beside(lambda line=line: bench.aevb(line).seconds, lambda p=peer: bench.peer(p).seconds)  # type: ignore[misc]
        row(work, f"{ours:.2f} s", f"{theirs:.2f} s", ours / theirs, bar)
    sixteen, one = bench.beside(
        lambda: bench.aevb(f"{report} --members 16").seconds, lambda: bench.aevb(report).seconds
    )
    row("16 members, process; 1 member", f"{sixteen:.2f} s", f"{one:.2f} s", sixteen / one, 1.6)


def steps(bench: Bench) -> None:
    """Training once it runs."""
    report = f"{REPORT} --max-iterations 3000 --batch-size 150"

    def jax() -> float:
        return float(json.loads(bench.peer("bnn jax {0}/data.csv").output)["us_per_iteration"])

    ours, theirs = bench.beside(lambda: steady(bench, report), jax)
    row("train-bnn, a step; JAX", f"{ours:.0f} µs", f"{theirs:.0f} µs", ours / theirs, 1.2)
    ours, theirs = bench.beside(lambda: steady(bench, f"{report} --members 16") / 16, jax)
    row("16 members, a network's step; JAX's single one", f"{ours:.0f} µs", f"{theirs:.0f} µs", ours / theirs, 0.35)


def epochs(bench: Bench) -> None:
    """An epoch of a large table."""
    _write_wide(bench, 1_000_000)
    for size in (256, 4096):
        line = f"{WIDE} --batch-size {size} --max-iterations {3000 if size == 256 else 600}"

        def jax(size: int = size) -> float:
            done = watched([str(bench.python), str(HERE / "jax_step.py"), str(size)])
            return float(json.loads(done.output)["us_per_iteration"])

        ours, theirs = bench.beside(lambda line=line: steady(bench, line), jax)  # type: ignore[misc]
        n = 1_000_000 / size / 1e6
        work = f"an epoch of 10^6 rows, 10-50-50-1, batches of {size:,}; JAX's step"
        row(work, f"{ours * n:.1f} s", f"{theirs * n:.1f} s", ours / theirs, 1)


def _write_wide(bench: Bench, rows: int) -> None:
    code = (
        "import numpy as np, polars as pl; g = np.random.default_rng(0); "
        f"x = g.standard_normal(({rows}, 10)); z = np.sin(x).sum(1) + 0.3 * g.standard_normal({rows}); "
        "pl.DataFrame({**{f'x{k}': x[:, k] for k in range(10)}, 'z': z}).write_csv('" + f"{bench.folder}/wide.csv')"
    )
    watched([str(bench.python), "-c", code])


def predictions(bench: Bench) -> None:
    """A thousand draws for each of many rows."""
    bench.aevb("simulate --n 100000 --seed 1 -o {0}/big.csv")
    bench.aevb(f"{REPORT} --max-iterations 300 --quiet -o {{0}}/bnn.safetensors")
    runs = [
        (
            bench.aevb("predict {0}/bnn.safetensors {0}/big.csv --quiet -o {0}/predicted.csv"),
            bench.peer("predict numpyro --rows 100000 --draws 1000"),
        )
        for _ in range(bench.rounds)
    ]
    ours, theirs = (statistics.median(run.seconds for run in part) for part in zip(*runs, strict=True))
    row("predict, 100,000 rows, 1,000 draws; NumPyro", f"{ours:.1f} s", f"{theirs:.1f} s", ours / theirs, 0.35)
    ours, theirs = (statistics.median(run.mebibytes for run in part) for part in zip(*runs, strict=True))
    row("its memory", f"{ours:.0f} MiB", f"{theirs:.0f} MiB", ours / theirs, 0.35)


READERS = {
    "pandas": "import pandas as pd; t = time.perf_counter(); pd.read_csv(p).to_numpy()",
    "polars": "import polars as pl; t = time.perf_counter(); pl.read_csv(p).to_numpy()",
    "pyarrow": "import pyarrow.csv as c; t = time.perf_counter(); [k.to_numpy() for k in c.read_csv(p)]",
    "pyarrow, types told": (
        "import pyarrow as a, pyarrow.csv as c; t = time.perf_counter(); n = open(p).readline().strip().split(','); "
        "c.read_csv(p, convert_options=c.ConvertOptions(column_types=dict.fromkeys(n, a.float64())))"
    ),
}
WRITERS = {
    "pandas": "import pandas as pd; f = pd.read_csv(p); t = time.perf_counter(); f.to_csv(q, index=False)",
    "polars": "import polars as pl; f = pl.read_csv(p); t = time.perf_counter(); f.write_csv(q)",
    "pyarrow": "import pyarrow.csv as c; f = c.read_csv(p); t = time.perf_counter(); c.write_csv(f, q)",
}
OWN_READER = (
    "from aevb_cli import running, tables; running.PROCESS.ends_at_once = True; "
    "t = time.perf_counter(); tables.read(p).typed().table"
)
OWN_WRITER = (
    "import pyarrow.csv as c; from aevb_cli import tables; f = c.read_csv(p); "
    "n = [k.to_numpy() for k in f]; t = time.perf_counter(); tables.write(q, f.column_names, [n])"
)


def tables(bench: Bench) -> None:
    """Reading and writing a million rows of ten columns."""
    _write_wide(bench, 1_000_000)

    def seconds(python: str, code: str) -> float:
        start = f"import time; p, q = '{bench.folder}/wide.csv', '{bench.folder}/written.csv'; "
        return float(
            watched(
                [python, "-c", f"{start}{code}; import os; print(time.perf_counter() - t, flush=True); os._exit(0)"]
            ).output
        )

    for work, own, others, bar in (("reading", OWN_READER, READERS, 1.3), ("writing", OWN_WRITER, WRITERS, 4.0)):
        rounds = [
            {name: seconds(str(bench.python), code) for name, code in others.items()} for _ in range(bench.rounds)
        ]
        fastest = min(others, key=lambda name: statistics.median(each[name] for each in rounds))
        ours, theirs = bench.beside(
            lambda own=own: seconds(sys.executable, own),  # type: ignore[misc]
            lambda name=fastest, others=others: seconds(str(bench.python), others[name]),  # type: ignore[misc]
        )
        rest = ", ".join(
            f"{name} {statistics.median(each[name] for each in rounds):.2f} s" for name in others if name != fastest
        )
        name = f"{work} 10^6 rows of 11 columns; {fastest} ({rest})"
        row(name, f"{ours:.2f} s", f"{theirs:.2f} s", ours / theirs, bar)


PARTS = {"processes": processes, "steps": steps, "epochs": epochs, "predictions": predictions, "tables": tables}

if __name__ == "__main__":
    main()
