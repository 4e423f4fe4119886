"""`aevb.train_vae` and the command give the same model."""

from pathlib import Path

import pytest

import aevb_cli as aevb
from tests.conftest import Call

pytestmark = pytest.mark.usefixtures("unwarned")
FEW = ("--max-iterations", "100", "-q")


@pytest.mark.parametrize(
    ("table", "options", "arguments"),
    [
        ("data.csv", (), {}),
        ("data.csv", ("--latent", "2", "--hidden", "6,6"), {"latent": 2, "hidden": (6, 6)}),
        ("data.csv", ("--alpha", "3", "--dropout", "0", "--seed", "4"), {"alpha": 3, "dropout": 0, "seed": 4}),
        (
            "factor.csv",
            ("--target", "x4", "--target", "x5", "--features", "x1"),
            {"target": ["x4", "x5"], "features": "x1"},
        ),
        ("factor.csv", ("--likelihood", "x1=gaussian"), {"likelihood": {"x1": "gaussian"}}),
    ],
)
def test_the_same_bytes_as_the_command(
    table: str, options: tuple[str, ...], arguments: dict[str, object], call: Call, workshop: Path
) -> None:
    source = workshop / table
    assert call("train-vae", source, *FEW, *options, "-o", "a.safetensors") == 0
    model = aevb.train_vae(source, max_iterations=100, output="b.safetensors", **arguments)  # type: ignore[arg-type]
    model.save("c.safetensors")
    first, second, third = (Path(f"{name}.safetensors").read_bytes() for name in "abc")
    assert first == second == third


def test_nothing_is_shown_or_written(call: Call, bench: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = sorted(bench.iterdir())
    aevb.train_vae("data.csv", max_iterations=100)
    assert capfd.readouterr() == ("", "")
    assert sorted(bench.iterdir()) == before


def test_hidden_variables(bench: Path) -> None:
    model = aevb.train_vae("data.csv", latent=2, max_iterations=100)
    assert (model.targets, model.features) == ((), ("x", "z"))
    assert repr(model) == "<aevb Model: vae of 2 hidden variables from x, z>"
