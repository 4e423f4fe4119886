"""What the parts of a header must be beside one another where z is hidden."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import checks, decoding
from tests.modelfile.test_checks import given


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda header: header["entry"]["loc"].pop(), "are not one for each feature"),
        (lambda header: header["levels"].append(0), "are not one for each feature"),
        (lambda header: header["families"]["features"].pop(), "are not one for each feature"),
        (lambda header: header["families"].update(features=None), "no family of a feature"),
        (lambda header: header["families"]["features"].__setitem__(0, "categorical"), "family does not suit it"),
        (lambda header: header["levels"].__setitem__(0, 5), "levels do not suit its family"),
        (lambda header: header["settings"].update(prior="standard"), "pseudo-inputs do not suit the prior"),
        (lambda header: header["settings"].update(pseudo_inputs=0), "pseudo-inputs do not suit the prior"),
    ],
)
def test_what_a_model_of_a_hidden_z_says_of_its_columns(
    change: Callable[[dict[str, Any]], object], said: str, workshop: Path
) -> None:
    header = given(workshop / "latent2.safetensors")
    change(header)
    with pytest.raises(ValueError, match=said):
        checks.check(decoding.decode(header))
