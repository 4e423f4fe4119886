"""What the parts of a header must be beside one another. What is read may be forged; nothing here needs torch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.modelfile import columns, families
from aevb_cli.modelfile.schema import Header, HeldOut, Units
from aevb_cli.settings import LARGEST_BATCH, MOST_CLASSES, MOST_LEVELS, Column

_SEED, _SIZE = 2**63 - 1, 2**31

BOUNDS: Mapping[str, tuple[float, float]] = {
    "hidden": (1, _SIZE),
    "dropout": (0, 0.999),
    "decoder_hidden": (1, _SIZE),
    "latent": (1, _SIZE),
    "pseudo_inputs": (0, _SIZE),
    "importance": (1, 10**6),
    "hide": (0, 1),
    "samples": (1, 10**6),
    "alpha": (0, 1e38),
    "members": (1, _SIZE),
    "kl_weights": (0, 1e38),
    "prior_scale": (1e-6, 1e38),
    "bins": (0, 10**4),
    "frequencies": (0, 64),
    "encoding_kl": (0, 1e38),
    "sharing": (1, _SIZE),
    "seed": (0, _SEED),
    "max_iterations": (1, _SEED),
    "patience": (0, _SEED),
    "batch_size": (1, LARGEST_BATCH),
    "learning_rate": (1e-8, 1),
}
"""The smallest and the largest value of each setting that is a number, or several numbers."""


def check(header: Header) -> None:
    """Raise ValueError where parts contradict each other, or a setting is beyond its bounds."""
    _check_settings(vars(header.settings) | vars(header.training))
    columns.check(header.columns)
    columns.check_features(header)
    _check_targets(header)
    _OF_KIND[header.settings.kind](header)


def _check_settings(settings: Mapping[str, Any]) -> None:
    for name in settings.keys() & BOUNDS.keys():
        value, (low, high) = settings[name], BOUNDS[name]
        values = value if isinstance(value, tuple) else (value,)
        if (not values and name != "frequencies") or any(not low <= each <= high for each in values):
            raise ValueError(f"the setting {name} does not lie between {low:g} and {high:g}")


def _check_targets(header: Header) -> None:
    count, scaling, held_out = len(header.columns.targets), header.scaling.targets, header.result.held_out
    if (scaling is not None) != (count > 0):
        raise ValueError("the targets' scaling is missing, or one too many")
    parts: list[Sequence[Any]] = [header.families.targets]
    if scaling:
        parts += [scaling.loc, scaling.scale, *(scaling.ends or ())]
    if held_out:
        errors = (held_out.rmse_error, held_out.log_likelihood_error, held_out.neighbours)
        parts += [held_out.rmse, held_out.log_likelihood, *held_out.coverage.values(), *_of_classes(held_out)]
        parts += [each for each in errors if each is not None]
        if "0.9" not in held_out.coverage or not all(0 < float(level) < 1 for level in held_out.coverage):
            raise ValueError("the coverage of held-out rows is not by levels, 0.9 among them")
    if any(len(part) != count for part in parts):
        raise ValueError("the scaling, the families or the scores are not one for each target")
    words = [len(column.categories) for column in header.columns.targets]
    if not families.OF_FEATURES.isdisjoint(header.families.targets):
        raise ValueError("a target has a family that is for features")
    if not all(map(_has_words, header.families.targets, words)):
        raise ValueError("a target's family does not suit its words")
    if held_out and not _suits(header.families.targets, held_out):
        raise ValueError("the scores of held-out rows are not those of numbers, or of classes")


def _has_words(family: str, words: int) -> bool:
    """Whether a target of the family can have so many."""
    if family == "categorical":
        return 2 <= words <= MOST_CLASSES
    return words == 0 or (family == "bernoulli" and words == 2)


def _of_classes(held_out: HeldOut) -> Sequence[Sequence[float | None]]:
    return held_out.accuracy, held_out.base_accuracy, held_out.base_log_likelihood


def _suits(named: Sequence[str], held_out: HeldOut) -> bool:
    """Whether the scores of classes are there where a target is one of classes, and the RMSE where it is none."""
    numbers = [family not in families.OF_CLASSES for family in named]
    if any([each is None for each in scores] != numbers for scores in _of_classes(held_out)):
        return False
    scores = (held_out.rmse, *([] if held_out.rmse_error is None else [held_out.rmse_error]))
    return not any(number and each is None for part in scores for number, each in zip(numbers, part, strict=True))


def _check_vae(header: Any) -> None:
    """Its p(x|z) and its calibration."""
    named, features = header.families.features, header.columns.features
    if named is None or len(named) != len(features):
        raise ValueError("the families are not one for each feature")
    _check_words(named, features)
    if not (families.OF_NUMBERS | families.OF_CLASSES).issuperset(named):
        raise ValueError("a feature has a family that is for targets")
    if not families.OF_LOCATION_AND_SCALE.issuperset(header.families.targets):
        raise ValueError("a target's family is not one of location and scale")
    if not header.columns.targets or len(header.calibration) != len(header.columns.targets):
        raise ValueError("the calibration is not one for each z")
    _check_units(header.result.units, 0)


def _check_latent(header: Any) -> None:
    """Its p(x|z), and what its encoder sees."""
    features, named = header.columns.features, header.families.features
    if header.columns.targets or named is None:
        raise ValueError("there is a target, or no family of a feature")
    if any(len(part) != len(features) for part in (named, header.entry.loc, header.entry.scale, header.levels)):
        raise ValueError("families, entry and levels are not one for each feature")
    _check_words(named, features)
    if any(count > MOST_LEVELS or count == 1 for count in header.levels) or any(
        (family in families.OF_FEATURES) != (count > 0) for family, count in zip(named, header.levels, strict=True)
    ):
        raise ValueError("a feature's levels do not suit its family")
    if (header.settings.prior == "vamp") != (header.settings.pseudo_inputs > 0):
        raise ValueError("the pseudo-inputs do not suit the prior")
    _check_units(header.result.units, header.settings.latent)


def _check_words(named: Sequence[str], features: Sequence[Column]) -> None:
    """Raise ValueError unless those features that hold words, and no others, are categorical."""
    if any((family == "categorical") != bool(each.categories) for family, each in zip(named, features, strict=True)):
        raise ValueError("a feature's family does not suit it")


def _check_units(found: Units | None, count: int) -> None:
    """count: of hidden variables, 0 where z is a target."""
    if found and not len(found.active) == len(found.information) == count:
        raise ValueError("what is said of hidden variables is not for each of them")


def _check_bnn(header: Any) -> None:
    """Its stacking, and what is said of its intervals."""
    groups, targets, stacking = len(header.settings.kl_weights), len(header.columns.targets), header.calibration
    if not targets or header.families.features is not None:
        raise ValueError("there is no target, or there are families of features")
    _check_units(header.result.units, 0)
    if not len(stacking.weights) == len(stacking.noise) == len(stacking.epistemic) == groups:
        raise ValueError("the calibration is not one for each KL weight")
    if any(len(part) != targets for part in (*stacking.noise, *stacking.epistemic, stacking.between)):
        raise ValueError("the calibration is not one for each target")
    frequencies = header.settings.frequencies
    if len(frequencies) not in {0, groups} or header.inputs.frequencies != max(frequencies, default=0):
        raise ValueError("the inputs' frequencies are not those of the settings")


_OF_KIND: Mapping[str, Callable[[Any], None]] = {
    VaeSettings.kind: _check_vae,
    LatentSettings.kind: _check_latent,
    BnnSettings.kind: _check_bnn,
}
