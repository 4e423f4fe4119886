"""The interval of E(z|x) lies inside that of z given x: a mean is known no worse than what scatters about it."""

import pandas as pd
import pytest

from tests.conftest import Call

REPORT = ("--recipe", "report", "--noise-model", "constant")
TUNED = ("--members", "2", "--hidden", "8,8", "--max-iterations", "100")


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("options", [REPORT, (*REPORT, "--no-held-out"), TUNED], ids=["report", "no-held-out", "tuned"])
def test_the_band_of_the_mean_lies_inside_the_other(call: Call, options: tuple[str, ...]) -> None:
    assert call("train-bnn", "data.csv", *options, "-q", "-o", "m.safetensors") == 0
    for level in (50, 90):
        assert call("predict", "m.safetensors", "data.csv", "-q", "-o", "p.csv", "--interval", f"{level / 100}") == 0
        p = pd.read_csv("p.csv")
        lower, upper = p[f"z_lower_{level}"], p[f"z_upper_{level}"]
        mean_lower, mean_upper = p[f"z_mean_lower_{level}"], p[f"z_mean_upper_{level}"]
        outside = (mean_lower < lower) | (mean_upper > upper)
        assert not outside.any(), f"at {level} % in {outside.sum()} of {len(p)} rows"
        assert (mean_lower < mean_upper).all()
