"""The groups of options in the help of a command."""

from collections.abc import Mapping, Sequence

DATA, MODEL, TRAINING, OUTPUT = "Data", "Model", "Training", "Output"
COMPUTATION = "Computation"
"""What Training is called where nothing is trained."""

ANY = "Any command"

_OPTIONS: Mapping[str, Sequence[str]] = {
    DATA: (
        "n", "rows", "low", "high", "truth", "raw", "target", "features", "drop", "types", "group", "by", "synthetic",
        "given", "data", "part", "missing", "unseen", "na", "decimal", "separator", "encoding", "header", "sheet",
        "strict", "engine",
    ),
    MODEL: (
        "process", "noise", "df", "w0", "b0", "recipe", "members", "latent", "hidden", "decoder_hidden", "dropout",
        "samples", "alpha", "noise_model", "kl_weight", "prior", "prior_scale", "estimator", "importance", "binarise",
        "likelihood", "guarantee",
    ),
    TRAINING: (
        "max_iterations", "patience", "batch_size", "learning_rate", "held_out", "require_converged", "draws",
        "importance_samples", "seed", "chunk_rows", "threads", "workers", "address", "device",
    ),
    OUTPUT: (
        "interval", "quantile", "above", "per_class", "why", "prefix", "require", "kind", "x", "z", "image",
        "save_draws", "resume", "keep_rows", "keep_previous", "log", "as_json", "quiet", "output",
    ),
}  # fmt: skip
_PANELS = {name: panel for panel, names in _OPTIONS.items() for name in names}

_OF_PICTURES = {"target": OUTPUT, "x": OUTPUT}
"""Where a command draws or shows, and chooses among what is there already."""


def arranged(names: Sequence[str], *, trains: bool) -> dict[str, str]:
    """Return the group of each option, the groups in the order in which they are shown.

    names: of a command's options, in the order of its arguments; one that is not known here stands with the one before.

    >>> arranged(["seed", "target", "latent", "output"], trains=True)
    {'target': 'Data', 'latent': 'Model', 'seed': 'Training', 'output': 'Output'}
    """
    found, last = dict[str, str](), DATA
    for name in names:
        last = _PANELS.get(name, last)
        if not trains and "kind" in names:
            last = _OF_PICTURES.get(name, last)
        found[name] = last
    order = list(_OPTIONS)
    panels = sorted(found.items(), key=lambda pair: order.index(pair[1]))
    return {name: COMPUTATION if panel == TRAINING and not trains else panel for name, panel in panels}
