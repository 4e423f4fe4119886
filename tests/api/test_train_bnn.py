"""`aevb.train_bnn` and the command give the same model."""

from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli.model_settings import BnnSettings
from tests.conftest import Call

pytestmark = pytest.mark.usefixtures("unwarned")


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        (("--members", "2", "--kl-weight", "0.1"), {"members": 2, "kl_weight": 0.1}),
        (("--members", "2", "--kl-weight", "1", "--kl-weight", "0.1"), {"members": 2, "kl_weight": [1, 0.1]}),
        (("--recipe", "report", "--noise-model", "constant"), {"recipe": "report", "noise_model": "constant"}),
        (("--members", "3", "--guarantee", "--prior-scale", "2"), {"members": 3, "guarantee": True, "prior_scale": 2}),
        (("--members", "2", "--no-held-out", "--estimator", "shared"),
         {"members": 2, "held_out": False, "estimator": "shared"}),
    ],
)  # fmt: skip
def test_the_same_bytes_as_the_command(
    options: tuple[str, ...], arguments: dict[str, object], call: Call, bench: Path
) -> None:
    few = ("--max-iterations", "100", "--hidden", "6,6", "-q", "-o", "a.safetensors")
    assert call("train-bnn", "data.csv", *few, *options) == 0
    aevb.train_bnn("data.csv", max_iterations=100, hidden=[6, 6], **arguments).save("b.safetensors")  # type: ignore[arg-type]
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()


def test_one_member_is_the_reports_network(bench: Path) -> None:
    header = aevb.train_bnn("data.csv", members=1, max_iterations=100).header
    assert tuple(header["settings"]["hidden"]) == BnnSettings().hidden
