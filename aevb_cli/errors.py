"""The errors that a user can mend, and the exit code of each.

A message names the thing, what was found, and a way out: it is all that the user sees.
"""

import contextlib
from collections.abc import Iterator, Sequence


class AevbError(Exception):
    """Base of all errors that a user can mend: shown as a sentence, without a traceback."""

    exit_code: int = 1

    def __str__(self) -> str:
        """The message. The error's arguments are its lines, since a name in a line may hold a line end."""
        return "\n".join(map(str, self.args))


class UsageError(AevbError, ValueError):
    """Options that contradict each other, the table or the model.

    Python callers may catch it as a ValueError:

    >>> from aevb_cli.settings import SimulationSettings
    >>> from aevb_cli.simulation import simulate
    >>> try:
    ...     simulate(SimulationSettings(n=0))
    ... except ValueError as error:
    ...     print(error)
    --n 0 is out of range. Choose a number from 1 to 1e+12.
    """

    exit_code = 2


class DataError(AevbError, ValueError):
    """A table that cannot be read, or that the task or the model cannot use; a ValueError, too."""

    exit_code = 3


class ModelFileError(AevbError):
    """A model file that is missing or damaged, no file of aevb's, or of a newer format."""

    exit_code = 4


class DivergedError(AevbError):
    """Training computed a value that is not finite, or ended with networks that predict nothing.

    step: the iteration; term: which term of the objective is not finite, or `prediction`; rows: indices of the
    minibatch's rows, or of those that were predicted; found: what is wrong with the term.
    """

    exit_code = 5

    def __init__(
        self, step: int, term: str, rows: Sequence[int], learning_rate: float, found: str = "is not finite"
    ) -> None:
        super().__init__(f"Diverged at iteration {step}: the {term} {found}.")
        self.step, self.term, self.rows, self.learning_rate = step, term, rows, learning_rate

    def with_advice(self, column: str, value: float, kept: str) -> "DivergedError":
        """Add the likely cause, a way out, and what was saved to the message. Returns the error itself.

        column, value: of the largest standardised value in the minibatch; kept: a sentence on what was saved.
        """
        self.args = (
            f"{self.args[0]} The largest standardised value there is {value:.3g}, in column '{column}'.",
            f"Lower --learning-rate (now {self.learning_rate:g}), or mend that column. {kept}",
        )
        return self


class RequirementError(AevbError):
    """A requirement that the user stated is not met: a score, or convergence."""

    exit_code = 6


class OutputError(AevbError):
    """An output that cannot be written."""

    exit_code = 7


class ResourceError(AevbError):
    """There is too little memory, or too few threads; or workers were lost."""

    exit_code = 8


class WorkersLostError(ResourceError):
    """An engine's workers were lost, and so were those that took over."""


class Interrupted(AevbError):
    """A signal stopped the task, and its state was saved first. The exit code is 128 + the signal's number."""

    def __init__(self, message: str, exit_code: int = 130) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def reason_of(error: OSError) -> str:
    """What the system says of an error, as the end of a clause.

    >>> reason_of(FileNotFoundError(2, "No such file or directory"))
    'no such file or directory'
    """
    return (error.strerror or str(error)).lower()


@contextlib.contextmanager
def of_stdout() -> Iterator[None]:
    """Turn the system's errors of stdout into OutputErrors; a closed pipe, on which `app` ends silently, stays one."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout: cannot be written: {reason_of(error)}.") from error


#: The exit codes that --help lists. Those from 128 on are the shell's: 128 + the signal's number.
EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a bug in aevb",
    UsageError.exit_code: "usage",
    DataError.exit_code: "data invalid",
    ModelFileError.exit_code: "model file invalid",
    DivergedError.exit_code: "training diverged",
    RequirementError.exit_code: "a requirement unmet",
    OutputError.exit_code: "output not writable",
    ResourceError.exit_code: "out of memory, or workers lost",
    129: "hang-up",
    130: "Ctrl-C",
    141: "closed pipe",
    143: "SIGTERM",
}
