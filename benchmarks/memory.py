"""Peak memory and time of `aevb predict` as the table grows.

    python benchmarks/memory.py                     10,000 and 100,000 rows, 1000 draws
    python benchmarks/memory.py --rows 1000000      a million
    python benchmarks/memory.py --train "train-bnn --members 1"     another model than train-bnn's default
    python benchmarks/memory.py -- --draws 100      what follows -- goes to predict

The model is trained on 150 rows of the report's process; the tables are larger samples of it. Peak memory is the
largest resident set of the predict process as the kernel counts it. Needs `aevb` on PATH.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Train once, predict for each size, print a table."""
    arguments = sys.argv[1:]
    place = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000], help="sizes of the predicted tables")
    parser.add_argument("--train", default="train-bnn", help="the command that makes the model, with its options")
    asked = parser.parse_args(arguments[:place])
    with tempfile.TemporaryDirectory() as folder:
        train, data, model = (Path(folder, name) for name in ("train.csv", "data.csv", "model.safetensors"))
        subprocess.run(["aevb", "simulate", "-o", train], check=True)
        subprocess.run(["aevb", *asked.train.split(), train, "-o", model, "--quiet"], check=True)
        print(f"| {'rows':>10} | {'peak MiB':>10} | {'seconds':>10} | {'ms per row':>10} |")
        print(f"| {':':->10} | {':':->10} | {':':->10} | {':':->10} |")
        for rows in asked.rows:
            subprocess.run(["aevb", "simulate", "--n", str(rows), "--seed", "1", "-o", data], check=True)
            command = ["aevb", "predict", str(model), str(data), "--quiet", "-o", os.devnull, *arguments[place + 1 :]]
            peak, seconds = watched(command)
            cells = (f"{rows:,}", f"{peak:.0f}", f"{seconds:.1f}", f"{1000 * seconds / rows:.3f}")
            print("| " + " | ".join(f"{cell:>10}" for cell in cells) + " |", flush=True)


def watched(command: list[str]) -> tuple[float, float]:
    """Run a command; its peak resident set in MiB and its wall-clock seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    # wait4 gives this one child's use; RUSAGE_CHILDREN would give the largest of all so far.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(code, command)
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), seconds


if __name__ == "__main__":
    main()
