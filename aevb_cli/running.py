"""How this process runs."""

from dataclasses import dataclass


@dataclass
class Running:
    """ends_at_once: the process exits without a teardown (`app.main`)."""

    ends_at_once: bool = False


PROCESS = Running()
