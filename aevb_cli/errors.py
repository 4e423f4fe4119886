"""What can go wrong, and the exit code that a script sees. A message names the thing, the finding and the way out."""

from collections.abc import Sequence


class AevbError(Exception):
    """The base of every error that is the user's to mend: shown as a sentence, never as a traceback."""

    exit_code: int = 1


class UsageError(AevbError):
    """Options that contradict each other or the table."""

    exit_code = 2


class DataError(AevbError):
    """A table that cannot be read or does not fit."""

    exit_code = 3


class ModelFileError(AevbError):
    """A model file that is missing, damaged, foreign or too new."""

    exit_code = 4


class DivergedError(AevbError):
    """Training met a value that is not finite.

    step: the iteration; term: what was not finite; rows: the places of its minibatch's rows.
    """

    exit_code = 5

    def __init__(self, step: int, term: str, rows: Sequence[int], learning_rate: float) -> None:
        super().__init__(f"Diverged at iteration {step}: the {term} is not finite.")
        self.step, self.term, self.rows, self.learning_rate = step, term, rows, learning_rate

    def told(self, column: str, value: float, kept: str) -> "DivergedError":
        """The same with the largest standardised value of its rows, the column, what was kept, and the way out."""
        self.args = (
            f"{self.args[0]} The largest standardised value there is {value:.3g}, in column '{column}'.\n"
            f"Lower --learning-rate (now {self.learning_rate:g}), or mend that column. {kept}",
        )
        return self


class RequirementError(AevbError):
    """A stated requirement (a score, convergence) is unmet."""

    exit_code = 6


class OutputError(AevbError):
    """The output cannot be written."""

    exit_code = 7


class Interrupted(AevbError):
    """A signal ended a task that could be ended in good order; the exit code is the shell's own for that signal."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


#: The exit codes that --help lists; the shell's own for signals are 128 + the signal's number.
EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a bug in aevb",
    UsageError.exit_code: "usage",
    DataError.exit_code: "data invalid",
    ModelFileError.exit_code: "model file invalid",
    DivergedError.exit_code: "training diverged",
    RequirementError.exit_code: "a requirement unmet",
    OutputError.exit_code: "output not writable",
    130: "Ctrl-C",
    141: "closed pipe",
    143: "SIGTERM",
}
