"""Where the time of a training step and of a prediction goes, by torch's profiler.

    python benchmarks/costs.py

A step of the report's network (150 rows, `--estimator shared`) and of the default ensemble (500 rows of ten columns,
weights drawn for each row, and once with a mirror image), and 2,560 rows with 1000 draws of each, on one thread. Shares
of the profiled time by operation; what is not torch's is Python. Needs the packages of the tool alone.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

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
from aevb_cli.defaults import ensemble_for, ensemble_training_for
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import TrainingSettings

ROWS, PREDICTED, WINDOWS = 150, 2560, 3


def main() -> None:
    """Profile all of them and print the largest shares."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    torch.set_num_threads(1)
    x = torch.linspace(-1, 1, ROWS, dtype=torch.float64)[:, None]
    report = BnnSettings(noise_model="constant", estimator="shared")
    of("the report's network", report, x, ROWS)
    x, default = torch.randn(500, 10, generator=Generator().manual_seed(3)).double(), ensemble_for(500, numbers=10)
    batch = ensemble_training_for(500).batch_size
    of("the default ensemble, weights drawn for each row", replace(default, estimator="local"), x, batch)
    of("the default ensemble", default, x, batch)


def of(name: str, settings: BnnSettings, x: torch.Tensor, batch_size: int) -> None:
    """Profile a network's step and a predicted row."""
    z = (9 * x).sin().sum(1, keepdim=True)
    model = Bnn.initial(settings, x, z, settings.networks, Generator().manual_seed(0))
    asked = TrainingSettings(max_iterations=100 * 3 * WINDOWS, patience=0, batch_size=batch_size)
    state = State.initial(model.parameters, len(x), asked, Generator().manual_seed(1))
    rows, everybody = Rows(model.batch, x, z), LeftOut.nobody(settings.networks, len(x))
    windows = train(model, BnnGradient, rows, everybody, asked, state)
    scale = 1e6 / (100 * WINDOWS * settings.networks)
    shares(f"{name}: a network's step, µs", lambda: [next(windows) for _ in range(WINDOWS)], scale)
    predictor = model.drawn(1000, Generator().manual_seed(2))
    many = x.repeat(PREDICTED // len(x) + 1, 1)[:PREDICTED]
    shares(f"{name}: a predicted row, µs", lambda: in_batches(predictor, _summary, many), 1e6 / PREDICTED)


def _summary(p: Mixture) -> dict[str, torch.Tensor]:
    (lower, upper), (mean_lower, mean_upper) = p.interval(0.9), p.mean_interval(0.9)
    return {"sd": p.sd, "lower": lower, "upper": upper, "mean_lower": mean_lower, "mean_upper": mean_upper}


def shares(name: str, work: Callable[[], object], scale: float) -> None:
    """Print the time of the work, and of torch's operations the ten that take most of it."""
    work()
    start = time.process_time()
    work()
    seconds = time.process_time() - start
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
