"""Which picture a model gets, and that each kind of model has one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import figures, tables
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks import plotting
from aevb_cli.tasks.plot_request import PlotRequest
from tests.figures.pictures import texts


def labels(workshop: Path, name: str, request: PlotRequest) -> tuple[str, str]:
    axes = plotting.draw(trained.load(workshop / f"{name}.safetensors"), request).axes[0]
    return axes.get_xlabel(), axes.get_ylabel()


@pytest.mark.parametrize(
    ("name", "request_", "expected"),
    [
        ("vae", PlotRequest(), ("x", "z")),
        ("bnn", PlotRequest(draws=20), ("x", "z")),
        ("several", PlotRequest(), ("x5 observed", "x5 predicted")),
        ("several", PlotRequest(effect="x2"), ("x2", "x5")),
        ("latent2", PlotRequest(), ("mean of z1", "mean of z2")),
        ("latent1", PlotRequest(effect="x3"), ("mean of z1", "x3")),
        ("latent3", PlotRequest(z=(3, 1)), ("mean of z3", "mean of z1")),
        ("latent2", PlotRequest("reconstruction"), ("x, in its standard deviations", "its reconstruction E(x|z)")),
        ("vae", PlotRequest("calibration"), ("nominal coverage", "observed coverage")),
    ],
)
def test_the_picture_that_suits(name: str, request_: PlotRequest, expected: tuple[str, str], workshop: Path) -> None:
    assert labels(workshop, name, request_) == expected


@pytest.mark.parametrize(("name", "term"), [("vae", "E log p(x|z)"), ("bnn", "E log p(z|x, w)")])
def test_the_terms_of_the_elbo_are_the_kinds(name: str, term: str, workshop: Path) -> None:
    figure = plotting.draw(trained.load(workshop / f"{name}.safetensors"), PlotRequest("elbo"))
    titles = [axes.get_title("left") for axes in figure.axes]
    assert titles[:2] == ["ELBO", term]
    assert titles[-1] == "score of held-out rows, per standardised unit"


def test_the_weights_that_were_kept_are_those_of_the_best_score(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors")
    best = model.trace["iteration"][model.trace["held_out_score"].argmax()]
    assert f"iteration {best:,}, whose weights were kept" in texts(plotting.draw(model, PlotRequest("elbo")))
    model = trained.load(workshop / "bnn.safetensors")
    assert not model.request.training.patience
    assert "iteration 200, whose weights were kept" in texts(plotting.draw(model, PlotRequest("elbo")))


def test_other_rows_may_be_drawn(workshop: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("z,x\n0,-10\n1,20\n")
    model = trained.load(workshop / "vae.safetensors")
    (axes,) = plotting.draw(model, PlotRequest(data=tables.read(str(path)))).axes
    assert len(axes.collections[-1].get_offsets()) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "request_", "match"),
    [
        ("vae", PlotRequest(effect="nope"), "not a feature of this model"),
        ("latent2", PlotRequest("calibration"), "no target whose intervals"),
        ("latent2", PlotRequest(target="x1"), "--target: a model with a hidden z has no target"),
        ("vae", PlotRequest("manifold"), "--kind manifold: this is about pictures of a hidden z"),
        ("bnn", PlotRequest(z=(1,)), "--z: this is about"),
        ("several", PlotRequest("samples", image=(2, 2)), "--kind samples: .* --latent 2"),
    ],
)
def test_refused(name: str, request_: PlotRequest, match: str, workshop: Path) -> None:
    with pytest.raises(UsageError, match=match):
        plotting.draw(trained.load(workshop / f"{name}.safetensors"), request_)


def test_each_kind_has_a_place_beside_the_model() -> None:
    assert plotting.place_of(Path("a/m.safetensors"), "auto") == Path("a/m.png")
    assert plotting.place_of(Path("a/m.safetensors"), "elbo") == Path("a/m.elbo.png")


def test_no_calibration_curve_without_a_held_out_row(workshop: Path) -> None:
    model = replace(trained.load(workshop / "vae.safetensors"), pit=np.empty((0, 1)))
    with pytest.raises(UsageError, match="No row was held out"):
        plotting.draw(model, plotting.PlotRequest("calibration"))


KINDS = [
    *((name, "auto") for name in ("vae", "several", "targets", "latent1", "latent2", "latent3")),
    *((name, "elbo") for name in ("vae", "latent2")),
    *((name, kind) for name in ("latent1", "latent3") for kind in ("samples", "reconstruction")),
    ("vae", "calibration"),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_every_model_has_its_picture(name: str, kind: plotting.PlotKind, workshop: Path, tmp_path: Path) -> None:
    model = trained.load(workshop / f"{name}.safetensors")
    request = plotting.PlotRequest(kind, [0.5, 0.9], 100, 0, None, None)
    for copy in ("a.png", "b.png"):
        figures.save(plotting.draw(model, request), tmp_path / copy)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size > 10_000
