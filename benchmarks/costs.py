"""Where the time of a training step and of a prediction goes, by torch's profiler.

    python benchmarks/costs.py

A step of the report's network (150 rows, `--estimator shared`), and 2,560 rows with 1000 draws of it, on one thread.
Shares of the profiled time by operation; what is not torch's is Python. Needs the packages of the tool alone.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import Generator
from torch.profiler import ProfilerActivity, profile

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.mixture import Mixture, in_batches
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import State
from aevb_cli.settings import BnnSettings, TrainingSettings

ROWS, PREDICTED, WINDOWS = 150, 2560, 10


def main() -> None:
    """Profile both and print the largest shares."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    torch.set_num_threads(1)
    x = torch.linspace(-1, 1, ROWS, dtype=torch.float64)[:, None]
    settings = BnnSettings(noise_model="constant", estimator="shared")
    model = Bnn.initial(settings, x, (9 * x).sin(), 1, Generator().manual_seed(0))
    asked = TrainingSettings(max_iterations=100 * 3 * WINDOWS, patience=0, batch_size=ROWS)
    state = State.initial(model.parameters, ROWS, asked, Generator().manual_seed(1))
    windows = train(model, BnnGradient, Rows(model.batch, x, (9 * x).sin()), LeftOut.nobody(1, ROWS), asked, state)
    shares("a training step, µs", lambda: [next(windows) for _ in range(WINDOWS)], 1e6 / (100 * WINDOWS))
    predictor = model.drawn(1000, Generator().manual_seed(2))
    rows = x.repeat(PREDICTED // ROWS + 1, 1)[:PREDICTED]
    shares("a predicted row, µs", lambda: in_batches(predictor, _summary, rows), 1e6 / PREDICTED)


def _summary(p: Mixture) -> dict[str, torch.Tensor]:
    (lower, upper), (mean_lower, mean_upper) = p.interval(0.9), p.mean_interval(0.9)
    return {"sd": p.sd, "lower": lower, "upper": upper, "mean_lower": mean_lower, "mean_upper": mean_upper}


def shares(name: str, work: Callable[[], object], scale: float) -> None:
    """Print the time of the work, and of torch's operations the ten that take most of it."""
    work()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        work()
    found = sorted(profiled.key_averages(), key=lambda each: -each.self_cpu_time_total)
    total = sum(each.self_cpu_time_total for each in found)
    print(f"{name}: {seconds * scale:.1f}\n\n| operation | share |\n|---|---:|")
    for each in found[:10]:
        print(f"| {each.key.removeprefix('aten::')} | {100 * each.self_cpu_time_total / total:.0f} % |")
    print()


if __name__ == "__main__":
    main()
