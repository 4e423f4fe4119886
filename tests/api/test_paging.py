"""The page of a model in memory."""

import hashlib
from pathlib import Path

from aevb_cli.api import paging
from aevb_cli.modelfile import trained


def test_the_digest_is_that_of_the_file_that_would_be_written(bench: Path) -> None:
    model = trained.load(bench / "vae.safetensors")
    page = paging.report(model, None, draws=10, seed=0, quiet=True)
    assert hashlib.sha256((bench / "vae.safetensors").read_bytes()).hexdigest() in page
    assert paging.IN_MEMORY in page
