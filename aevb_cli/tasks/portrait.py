"""What a model file says of itself to people: ten lines from its header. It needs no torch."""

from collections.abc import Iterator, Mapping
from typing import Any

from aevb_cli.model_settings import LatentSettings, VaeSettings
from aevb_cli.settings import Taken
from aevb_cli.tasks import summary, taken

Header = Mapping[str, Any]
"""A model file's header, in JSON values."""


def lines(header: Header) -> dict[str, str]:
    """The lines by their headings."""
    targets = [column["name"] for column in header["columns"]["targets"]]
    return {
        "model": _model(header),
        "table": _table(header),
        **dict(_columns(header, targets)),
        "target": _targets(header, targets),
        "training": _training(header),
        "intervals": _intervals(header),
        "new rows": " ".join(summary.lines(header["result"], targets)) or "nothing is known of them",
        "made by": f"aevb {header['versions'].get('aevb', '?')}, file format {header['format']}",
    }


def _model(header: Header) -> str:
    settings = header["settings"]
    layers = ", ".join(map(str, settings["hidden"]))
    if header["kind"] in {VaeSettings.kind, LatentSettings.kind}:
        decoder = ", ".join(map(str, settings["decoder_hidden"]))
        prior = f", learned prior of {settings['pseudo_inputs']} parts" if settings.get("pseudo_inputs") else ""
        return f"a variational auto-encoder, hidden layers {layers}, decoder {decoder}{prior}"
    count = settings["members"] * len(settings["kl_weights"])
    what = "a Bayesian neural network" if count == 1 else f"{count} Bayesian neural networks"
    weights = ", ".join(f"{weight:g}" for weight in settings["kl_weights"])
    shares = zip(settings["kl_weights"], header["calibration"]["weights"], strict=True)
    idle = ", ".join(f"{weight:g}" for weight, share in shares if share == 0)
    return f"{what}, hidden layers {layers}, KL weights {weights}" + (f" (left out: {idle})" if idle else "")


def _table(header: Header) -> str:
    data = ", ".join(header["request"]["data"]) or "in memory"
    rows, most = header["result"]["rows"], header["request"]["keep_rows"]
    which = " of a sample" if header["request"].get("sample") else ""
    carried = "all" if most >= rows else most or "none"
    digest = f"SHA-256 {header['result']['sha256'][:12]}..."
    return f"{data}, {rows} rows{which} ({carried} of them in this file), {digest}"


def _columns(header: Header, targets: list[str]) -> Iterator[tuple[str, str]]:
    """What each column was taken for; of files of older formats only the names are known."""
    stored = header["columns"]["table"] or [
        {
            "name": column["name"],
            "kind": f"{len(column['categories'])} categories" if column["categories"] else "number",
        }
        for part in ("features", "targets")
        for column in header["columns"][part]
    ]
    for sentence in taken.sentences([Taken(**each) for each in stored], targets):
        heading, _, text = sentence.partition(": ")
        yield heading.lower(), text


def _targets(header: Header, targets: list[str]) -> str:
    if not targets:
        return f"none: {header['settings']['latent']} hidden variables"
    families, columns = header["families"]["targets"], header["columns"]["targets"]
    each = zip(targets, map(_family, families, columns), strict=True)
    return ", ".join(f"{name} ({family})" for name, family in each)


def _family(family: str, column: Mapping[str, Any]) -> str:
    """A target's family, and of words how many there are."""
    words = len(column["categories"])
    return f"{family}, {words} classes" if words else family


def _training(header: Header) -> str:
    ended = "converged" if header["result"]["converged"] else "not converged"
    return f"{summary.reached(header['result'])}, {ended}; seed {header['training']['seed']}"


def _intervals(header: Header) -> str:
    if guarantee := header["guarantee"]:
        least, method = f"{guarantee['least coverage at 0.9'] * 100:.3g}", guarantee["method"]
        return f"conformal ({method}, {guarantee['rows']} rows): those of 90 % hold {least} % of new rows at least"
    if recalibration := header["recalibration"]:
        by = f"recalibrated by {recalibration['rows']}"
        if not header["columns"]["targets"]:
            return f"of missing numbers, of their predictive distribution, {by} cells of held-out rows"
        return f"of the predictive distribution, {by} held-out rows"
    return "of the predictive distribution"
