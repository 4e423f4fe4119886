"""`aevb.Model`: what can be done with a trained model."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aevb_cli import places
from aevb_cli.api.as_datatree import AsDatatree
from aevb_cli.api.tablelike import TableLike
from aevb_cli.api.wording import in_python
from aevb_cli.settings import DRAWS, INTERVAL, Device, Engine, PlotKind

if TYPE_CHECKING:  # another's library, slow to import; no import of this package hides here
    from matplotlib.figure import Figure


@in_python
def load(path: str | Path) -> "Model":
    """Read a model file, of a command or of `Model.save`.

    Raises
    ------
    ModelFileError
        The file is missing or damaged, is no file of aevb's, or has a newer format.

    Examples
    --------
    >>> import aevb_cli as aevb
    >>> aevb.load("vae.safetensors").targets
    ('z',)
    """
    from aevb_cli.modelfile import trained

    places.check_local(path, "a model")
    return Model(trained.load(Path(path)))


class Model(AsDatatree):
    """A trained model, as `load`, `train_vae` and `train_bnn` return it. It is immutable.

    While a method runs, torch uses one thread in each of `threads`; afterwards its setting is restored.
    """

    def __repr__(self) -> str:
        of = ", ".join(self.targets) or f"{len(self._trained.model.hidden)} hidden variables"
        kind = self._trained.request.settings.command.removeprefix("train-")
        return f"<aevb Model: {kind} of {of} from {', '.join(self.features)}>"

    def __getstate__(self) -> bytes:
        """The model file's bytes: copies and pickles hold nothing else, and run no code of torch's."""
        from aevb_cli.modelfile import serialised

        return serialised.to_bytes(self._trained)

    def __setstate__(self, content: bytes) -> None:
        from aevb_cli.modelfile import serialised

        self._trained = serialised.from_bytes(content)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that the model predicts from."""
        return tuple(column.name for column in self._trained.features)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the columns that the model predicts; none where z is hidden."""
        return tuple(column.name for column in self._trained.targets)

    @property
    def header(self) -> dict[str, Any]:
        """The header of the model's file, as `aevb inspect --json` prints it."""
        from aevb_cli.api import applied

        return applied.header(self._trained)

    @in_python
    def save(self, path: str | Path, *, keep_previous: bool = False) -> None:
        """Write a model file, which the commands can read too. keep_previous: as in `train_bnn`.

        Raises
        ------
        UsageError
            The file is there already and is no model.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("vae.safetensors").save("copy.safetensors")
        """
        from aevb_cli.tasks import outputs
        from aevb_cli.tasks.destination import Destination

        to = Destination(Path(path), keep_previous=keep_previous)
        for place in filter(None, (to.path, to.previous)):
            outputs.replaces_model(place)
        to.save(self._trained)

    @in_python
    def figure(
        self,
        *,
        interval: float | Sequence[float] = INTERVAL,
        kind: PlotKind = "auto",
        x: str | None = None,
        target: str | None = None,
        z: int | Sequence[int] | None = None,
        image: Sequence[int] | None = None,
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
            "auto": what suits the model; "elbo": the training curve; "calibration": coverage of the mixture's intervals
            against their level, of counts a rootogram, of classes reliability and confusion. Of a hidden z,
            "manifold": E(x|z) of images over a grid of z; "samples": rows drawn from the model, beside those of the
            table; "reconstruction": rows and what comes back of them.
        x
            The feature whose effect is drawn; for a hidden z, the feature, or the column of `data`, that colours its
            means.
        target
            The target to draw alone; by default all that are of the first one's kind.
        z
            The numbers of one or two hidden variables to draw; by default the two whose means vary most.
        image
            The height and width of rows that are images, say (28, 28).
        data
            A table whose rows are drawn instead of those from training.
        draws, seed
            As in `predict`.
        quiet
            Do not write the picture's path to stderr.
        output
            A file for the picture: .png, .svg or .pdf.

        Returns
        -------
        matplotlib.figure.Figure
            A figure that belongs to no window; a notebook shows it.

        Raises
        ------
        UsageError
            There is no such feature, hidden variable or picture, or the file's suffix is no picture format.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> figure = aevb.load("vae.safetensors").figure(interval=[0.5, 0.9], output="nested.svg")
        """
        from aevb_cli.api import drawing

        drawing.check_output(output, data)
        request = drawing.plot_request(
            self._trained, interval, kind, x, data, draws=draws, seed=seed, target=target, z=z, image=image
        )
        return drawing.figure(self._trained, request, output, quiet=quiet)

    @in_python
    def resume(
        self,
        table: TableLike | None = None,
        *,
        max_iterations: int | None = None,
        require_converged: bool = False,
        keep_previous: bool = False,
        log: str | Path | None = None,
        threads: int | None = None,
        device: Device = "cpu",
        engine: Engine | None = None,
        address: str | None = None,
        workers: int | None = None,
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> "Model":
        """Resume a training, as `aevb resume` does; the result is the same as without the stop.

        Parameters
        ----------
        table
            The training table; by default it is read again from its path. A table in memory has to be given again.
        max_iterations
            The most iterations in all; by default as before.
        require_converged, keep_previous, log, threads, device, engine, address, workers, quiet, output
            As in `train_bnn`.

        Returns
        -------
        Model
            A new model; the same one if it is finished: if it has converged, or its learning rate has come down to
            nothing.

        Raises
        ------
        UsageError
            The training table was a stream or in memory, and is not given; or the learning rate comes down to nothing
            (`patience` is 0 or None), and would have to elsewhere than it was planned to.
        DataError
            The rows are not those that the model was trained on.
        DivergedError, RequirementError, OutputError
            As in `train_bnn`.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> model = aevb.load("vae.safetensors").resume(max_iterations=300)
        """
        from aevb_cli.api import running
        from aevb_cli.tasks import engines
        from aevb_cli.tasks.limits import checked

        given = checked(max_iterations=max_iterations, threads=threads, device=device, engine=engine, workers=workers)
        given["engine"] = engines.asked(given.pop("engine"), address, given.pop("workers"), device)
        outputs = running.Outputs(output, log, keep_previous=keep_previous)
        return Model(
            running.resume(self._trained, table, outputs, **given, require_converged=require_converged, quiet=quiet)
        )
