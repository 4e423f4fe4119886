"""`aevb.Model`: what can be done with a trained model."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aevb_cli.api.on_tables import OnTables
from aevb_cli.api.tablelike import TableLike
from aevb_cli.settings import DRAWS, INTERVAL, PlotKind

if TYPE_CHECKING:  # another's library, slow to import; no import of this package hides here
    from matplotlib.figure import Figure


def load(path: str | Path) -> "Model":
    """Read a model file, whichever way it was made.

    Raises
    ------
    ModelFileError
        The file is missing, damaged, foreign, or of a newer version.

    Examples
    --------
    >>> import aevb_cli as aevb
    >>> aevb.load("vae.safetensors").targets
    ('z',)
    """
    from aevb_cli.modelfile import trained

    return Model(trained.load(Path(path)))


class Model(OnTables):
    """A trained model, as `load`, `train_vae` and `train_bnn` return it. It does not change.

    While a method runs, torch uses one thread for each of `threads`; afterwards its setting is what it was.
    """

    def __repr__(self) -> str:
        of = ", ".join(self.targets) or f"{len(self._trained.model.hidden)} hidden variables"
        return f"<aevb Model: {self._trained.request.settings.kind} of {of} from {', '.join(self.features)}>"

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that it predicts from."""
        return tuple(column.name for column in self._trained.features)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the columns that it predicts; none where z is hidden."""
        return tuple(column.name for column in self._trained.targets)

    @property
    def header(self) -> dict[str, Any]:
        """The header of its model file, as `aevb inspect --json` prints it."""
        from aevb_cli.api import applied

        return applied.header(self._trained)

    def save(self, path: str | Path) -> None:
        """Write a model file, which the commands read, too.

        Raises
        ------
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("vae.safetensors").save("copy.safetensors")
        """
        self._trained.save(Path(path))

    def figure(
        self,
        *,
        interval: float | Sequence[float] = INTERVAL,
        kind: PlotKind = "auto",
        x: str | None = None,
        data: TableLike | None = None,
        draws: int = DRAWS,
        seed: int = 0,
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> "Figure":
        """Draw the model, as `aevb plot` does.

        Parameters
        ----------
        interval
            Level of the interval, between 0 and 1, or several.
        kind
            "auto": what suits the model; "elbo": the training curve; "calibration": whether the mixture is right.
        x
            The feature whose effect is drawn; of a hidden z: that colours it.
        data
            A table whose rows are drawn instead of those from training.
        draws, seed
            As in `predict`.
        quiet
            Do not name the picture's file on stderr.
        output
            A file for the picture: .png, .svg or .pdf.

        Returns
        -------
        matplotlib.figure.Figure
            A figure that belongs to no window; a notebook shows it.

        Raises
        ------
        UsageError
            There is no such feature, a hidden z has no calibration, or the file's ending is no picture format.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> figure = aevb.load("vae.safetensors").figure(interval=[0.5, 0.9], output="nested.svg")
        """
        from aevb_cli.api import drawing

        request = drawing.plot_request(interval, kind, x, data, draws, seed)
        return drawing.figure(self._trained, request, output, quiet=quiet)

    def resume(
        self,
        table: TableLike | None = None,
        *,
        max_iterations: int | None = None,
        require_converged: bool = False,
        log: str | Path | None = None,
        threads: int | None = None,
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> "Model":
        """Go on with a training, as `aevb resume` does; the end is what it would have been without the stop.

        Parameters
        ----------
        table
            The training table; by default it is read from where it was. A table in memory has to be given again.
        max_iterations
            Iterations at most, in all; by default as before.
        require_converged, log, threads, quiet, output
            As in `train_bnn`.

        Returns
        -------
        Model
            A new model; where this one has converged, the same.

        Raises
        ------
        UsageError
            The training table was a stream or in memory, and is not given.
        DataError
            These are not the rows that it was trained on.
        DivergedError, RequirementError, OutputError
            As in `train_bnn`.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> model = aevb.load("vae.safetensors").resume(max_iterations=300)
        """
        from aevb_cli.api import running
        from aevb_cli.tasks.limits import checked

        given = checked(max_iterations=max_iterations, threads=threads)
        outputs = running.Outputs(output, log)
        return Model(
            running.resume(self._trained, table, outputs, **given, require_converged=require_converged, quiet=quiet)
        )
