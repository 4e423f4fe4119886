"""What a process says of itself."""

from aevb_cli.running import PROCESS, Running


def test_nothing_ends_at_once_unless_the_command_line_says_so() -> None:
    assert not Running().ends_at_once
    assert isinstance(PROCESS, Running)
