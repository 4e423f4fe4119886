"""Headers and tensors of older formats as the present one has them: a function for each step.

A step may meet a forged header: it raises KeyError, TypeError, AttributeError or ValueError then. Of tensors it uses
shapes and slices alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from aevb_cli.modelfile.container import FORMAT, STATE, Header
from aevb_cli.modelfile.schema import PREDICTED
from aevb_cli.settings import ReadOptions

Tensors = dict[str, np.ndarray]


def upgraded(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """The present format's header and tensors."""
    for number in range(header["format"], FORMAT):
        header, tensors = _STEPS[number](header, tensors)
    return {**header, "format": FORMAT}, tensors


def _from_1(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """A VAE's encoders were one tensor, in turn, and there was no factor between the members of an ensemble.

    A state of training cannot be gone on with. What is left of it tells that there was one.
    """
    header = _filled({"guarantee": None, **header}, "training", held_out=True)
    found: Tensors = {}
    for name, array in tensors.items():
        if name.startswith("encoder."):
            rest = name.removeprefix("encoder.")
            found |= {f"mu.{rest}": array[0::2], f"sigma.{rest}": array[1::2]}
        elif not name.startswith("state.") or name == "state.numbers":
            found[name] = array
    if header["kind"] == "bnn":
        between = [1.0] * len(header["calibration"]["noise"][0])
        header = _filled(header, "calibration", between=between)
    return header, found


def _from_2(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """Intervals were not recalibrated; the first ensembles had one estimator and no guarantee."""
    if header["kind"] == "bnn":
        header = _filled(header, "settings", estimator="local", guarantee=False)
    return {"guarantee": None, **header, "recalibration": None}, tensors


def _from_3(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """Every target was Gaussian; the features' families and what was asked of the columns had other names.

    A BNN had raw scales of constant noise even where its noise depended on x, and nothing used them.
    """
    if header["kind"] == "bnn":
        header = _filled(header, "settings", encoding_kl=0.0)
        tensors = _without_unused_noise(tensors, constant=header["settings"]["noise_model"] == "constant")
    families = {"features": header["likelihoods"], "targets": ["gaussian"] * len(header["columns"]["targets"])}
    request = {"columns" if name == "wish" else name: value for name, value in header["request"].items()}
    kept = {name: value for name, value in header.items() if name != "likelihoods"}
    return {**kept, "families": families, "request": request}, tensors


def _from_4(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """Each part of the header that is new in format 5 is filled in here."""
    header = _filled(header, "inputs", low=[], high=[], stand_ins=[])
    for change in (
        *(_frequencies_of_groups, _without_groups, _with_errors, _learnt_gaps, _with_plain_columns, _without_classes),
        *(_of_all_rows, _with_rows),
    ):
        header = change(header)
    header = _filled(_filled(header, "training", while_gaining=False), "result", hidden=None, units=None, notes=[])
    header, tensors = _without_guarantee(header, _without_plateau(_renamed_trace(tensors)))
    tensors = _without_predictions(header, tensors)
    return _with_a_kind_for_hidden_z(header, tensors) if header["kind"] == "vae" else (header, tensors)


def _of_all_rows(header: Header) -> Header:
    """No table was sampled."""
    return _filled(header, "request", sample=0)


def _without_groups(header: Header) -> Header:
    """Each row was left out by itself, and its copies were not."""
    columns = {"group": None, "together": False, **header["request"]["columns"]}
    return {**header, "request": {**header["request"], "columns": columns}}


def _with_plain_columns(header: Header) -> Header:
    """Every column was plain numbers or words, of one file, and nothing was left out of what was asked for."""
    plain = {"source": "", "reading": None}
    columns = {name: [{**plain, **column} for column in each] for name, each in header["columns"].items()}
    request = {name: value for name, value in header["request"].items() if name != "separator"}
    read = {**asdict(ReadOptions()), "separator": header["request"]["separator"], "na": ["NA"], "strict": True}
    data = [header["request"]["data"]] if header["request"]["data"] else []
    asked = {"drop": None, "types": None, "codes": False, **request["columns"]}
    return {
        **header,
        "columns": {"table": [], "forms": [], **columns},
        "request": {**request, "columns": asked, "read": read, "data": data},
    }


def _with_rows(header: Header) -> Header:
    """Every file carried rows, 2,000 at most."""
    return {**header, "request": {"keep_rows": 2000, **header["request"]}}


def _learnt_gaps(header: Header) -> Header:
    """To learn from empty cells was called to impute them."""
    columns = dict(header["request"]["columns"])
    if columns["missing"] == "impute":
        columns["missing"] = "learn"
    return {**header, "request": {**header["request"], "columns": columns}}


def _frequencies_of_groups(header: Header) -> Header:
    """All members of an ensemble used as many; each draw had a first layer of its own."""
    if header["kind"] != "bnn":
        return header
    settings = header["settings"]
    frequencies = [settings["frequencies"]] * len(settings["kl_weights"]) if settings["frequencies"] else []
    return {**header, "settings": {"sharing": 1, **settings, "frequencies": frequencies}}


def _without_guarantee(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """Conformal scores were distances in standard deviations, on either side: recalibrated intervals replace theirs."""
    if header["kind"] == "vae":
        header = _filled(header, "settings", guarantee=False)
    kept = {name: array for name, array in tensors.items() if not name.startswith("guarantee.")}
    return {**header, "guarantee": None}, kept


def _with_errors(header: Header) -> Header:
    """Held-out scores had no standard errors, and every row counted by itself."""
    scores = header["result"]["held_out"]
    if scores is None:
        return header
    unknown = {"groups": scores["rows"], "rmse_error": None, "log_likelihood_error": None, "neighbours": None}
    return {**header, "result": {**header["result"], "held_out": {**unknown, **scores}}}


def _without_classes(header: Header) -> Header:
    """Every target was a number."""
    columns = {"classes": False, **header["request"]["columns"]}
    header = {**header, "request": {**header["request"], "columns": columns}}
    scores = header["result"]["held_out"]
    if scores is None:
        return header
    none = [None] * len(header["columns"]["targets"])
    scores = {"accuracy": none, "base_accuracy": none, "base_log_likelihood": none, **scores}
    return {**header, "result": {**header["result"], "held_out": scores}}


def _without_predictions(header: Header, tensors: Tensors) -> Tensors:
    """Predictions of held-out rows were not kept; every target was a number."""
    targets = len(header["columns"]["targets"])
    return {**tensors, "held_out.predicted": np.empty((0, targets, PREDICTED))} if targets else tensors


def _renamed_trace(tensors: Tensors) -> Tensors:
    """The expected log-likelihood under q and the held-out criterion had names of other scores."""
    names = {"trace.log_likelihood": "trace.expected_log_likelihood", "trace.score": "trace.held_out_score"}
    return {names.get(name, name): array for name, array in tensors.items()}


def _without_plateau(tensors: Tensors) -> Tensors:
    """No training ended by itself where further iterations gained nothing."""
    if (numbers := tensors.get("state.numbers")) is None:
        return tensors
    return tensors | {"state.numbers": np.append(numbers, 0.0)}


def _with_a_kind_for_hidden_z(header: Header, tensors: Tensors) -> tuple[Header, Tensors]:
    """A hidden z was that of a VAE without targets, whose encoder was two networks: side by side they are one.

    What is left of a state of training tells that there was one.
    """
    settings = {name: value for name, value in header["settings"].items() if name != "latent"}
    settings["decoder_hidden"] = [settings["decoder_hidden"]]
    if header["columns"]["targets"]:
        return {**header, "settings": settings}, tensors
    width = len(header["columns"]["features"])
    hidden = {
        "latent": header["settings"]["latent"],
        "hidden": [2 * each for each in settings["hidden"]],
        "decoder_hidden": settings["decoder_hidden"],
        "activation": "leaky-relu",
        "prior": "standard",
        "pseudo_inputs": 0,
        "samples": 1,
        "importance": 1,
        "hide": 0.0,
        "linear": False,
        "dropout": 0.0,
        "binarise": False,
    }
    own = {"entry": {"loc": [0.0] * width, "scale": [1.0] * width}, "levels": [0] * width}
    kept = {name: value for name, value in header.items() if name != "calibration"}
    return {**kept, **own, "kind": "latent", "settings": hidden}, _side_by_side(tensors, len(settings["hidden"]) + 1)


def _side_by_side(tensors: Tensors, layers: int) -> Tensors:
    """The networks for mu and sigma as one: of the first layer they share the inputs, of the others nothing."""
    found = {name: array for name, array in tensors.items() if not name.startswith(("mu.", "sigma.", "state."))}
    found["pit"], found["left_out"] = np.empty((0, 1)), np.zeros(len(tensors["rows"]), np.uint8)
    if "state.numbers" in tensors:
        found["state.numbers"] = tensors["state.numbers"]
    for layer in range(layers):
        of_mu, of_sigma = (tensors[f"{name}.{layer}.weight"][:1] for name in ("mu", "sigma"))
        if layer:
            of_mu, of_sigma = (
                np.concatenate([of_mu, np.zeros_like(of_mu)], 1),
                np.concatenate([np.zeros_like(of_sigma), of_sigma], 1),
            )
        found[f"encoder.{layer}.weight"] = np.concatenate([of_mu, of_sigma], 2)
        biases = [tensors[f"{name}.{layer}.bias"][:1] for name in ("mu", "sigma")]
        found[f"encoder.{layer}.bias"] = np.concatenate(biases, 2)
    return found


def _without_unused_noise(tensors: Tensors, *, constant: bool) -> Tensors:
    kept = dict(tensors)
    noise = kept.pop("noise")
    if constant:
        return {**kept, "constants": noise[:, 0]}
    state = {name: array for name in STATE if (array := kept.get(f"state.{name}")) is not None}
    return kept | {f"state.{name}": array[:, : -noise.shape[-1]] for name, array in state.items()}


_STEPS: Mapping[int, Callable[[Header, Tensors], tuple[Header, Tensors]]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
}


def _filled(header: Header, part: str, **values: Any) -> Header:
    """The header with the values that one of its parts lacks."""
    return {**header, part: {**values, **header[part]}}
