"""A curve to draw."""

import numpy as np

from aevb_cli import figures


def curve(rows: int = 50, bands: int = 2) -> figures.Curve:
    x = np.linspace(-3, 3, 100)
    points = np.random.default_rng(0).normal(size=(2, rows))
    made = [figures.Band(f"{n} % interval", np.sin(x) - 0.01 * n, np.sin(x) + 0.01 * n) for n in (90, 50, 10)[:bands]]
    return figures.Curve(("age", "pay in €"), (points[0], points[1]), x, np.sin(x), "mean", made)
