"""Figures from arrays, without a display or global state. Nothing else but `lettering` imports matplotlib."""

from aevb_cli.figures.beside import Beside, beside
from aevb_cli.figures.canvas import BLUE, FORMATS, Band, Figure, as_svg, check_format, save
from aevb_cli.figures.classes_along import ProbabilityCurve, probability_curves
from aevb_cli.figures.hidden import LatentMap, Rebuilt, latent, latent_map, reconstruction
from aevb_cli.figures.numbers import Comparison, Curve, calibration, curves, observed_against_predicted
from aevb_cli.figures.reliability import Classes, classes
from aevb_cli.figures.rootogram import Counts, bins, counted, counts
from aevb_cli.figures.tiles import Tiles, tiles
from aevb_cli.figures.training import trace
from aevb_cli.figures.words_along import Bars, ProbabilityBars, bars, probability_bars

__all__ = [
    "BLUE",
    "FORMATS",
    "Band",
    "Bars",
    "Beside",
    "Classes",
    "Comparison",
    "Counts",
    "Curve",
    "Figure",
    "LatentMap",
    "ProbabilityBars",
    "ProbabilityCurve",
    "Rebuilt",
    "Tiles",
    "as_svg",
    "bars",
    "beside",
    "bins",
    "calibration",
    "check_format",
    "classes",
    "counted",
    "counts",
    "curves",
    "latent",
    "latent_map",
    "observed_against_predicted",
    "probability_bars",
    "probability_curves",
    "reconstruction",
    "save",
    "tiles",
    "trace",
]
