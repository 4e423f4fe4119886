"""How this process runs."""

from dataclasses import dataclass
from typing import Literal

Color = Literal["auto", "always", "never"]


@dataclass
class Running:
    """What the command line says for the whole process.

    ends_at_once: the process exits without a teardown (`app.main`); color: of what is shown; as_json: one JSON object
    is asked for on stdout; answered: it is there.
    """

    ends_at_once: bool = False
    color: Color = "auto"
    as_json: bool = False
    answered: bool = False

    def begin(self) -> None:
        """Forget what the last command line in this process said."""
        self.color, self.as_json, self.answered = "auto", False, False


PROCESS = Running()
