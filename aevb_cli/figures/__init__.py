"""Figures from arrays, without a display or global state. Nothing else but `lettering` imports matplotlib."""

from aevb_cli.figures.canvas import BLUE, FORMATS, Figure, check_format, save
from aevb_cli.figures.hidden import Latent, latent
from aevb_cli.figures.numbers import Band, Comparison, Curve, calibration, curves, observed_against_predicted
from aevb_cli.figures.reliability import Classes, classes
from aevb_cli.figures.rootogram import Counts, bins, counted, counts
from aevb_cli.figures.training import trace

__all__ = [
    "BLUE",
    "FORMATS",
    "Band",
    "Classes",
    "Comparison",
    "Counts",
    "Curve",
    "Figure",
    "Latent",
    "bins",
    "calibration",
    "check_format",
    "classes",
    "counted",
    "counts",
    "curves",
    "latent",
    "observed_against_predicted",
    "save",
    "trace",
]
