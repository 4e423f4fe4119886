"""`Model.report`: all that is to be known of a model, on one page."""

from pathlib import Path

from aevb_cli.api.latent_space import LatentSpace
from aevb_cli.api.wording import in_python
from aevb_cli.settings import DRAWS


class Reporting(LatentSpace):
    """The part of `Model` that writes a page about it."""

    @in_python
    def report(
        self,
        *,
        draws: int = DRAWS,
        seed: int = 0,
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> str:
        """Write one page on the model to hand on, as `aevb report` does.

        Parameters
        ----------
        draws, seed
            As in `predict`.
        quiet
            Do not write the page's path to stderr.
        output
            A file for the page, .html.

        Returns
        -------
        str
            The page as HTML. It needs nothing from elsewhere.

        Raises
        ------
        UsageError
            The file's suffix is not .html.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> page = aevb.load("vae.safetensors").report(output="vae.html")
        >>> page.startswith("<!doctype html>")
        True
        """
        from aevb_cli.api import paging

        return paging.report(self._trained, output, draws=draws, seed=seed, quiet=quiet)
