"""Write the manual pages beside this file: to be run where an option has changed."""

from pathlib import Path

import typer

from aevb_cli.app import app
from aevb_cli.shell import manual


def main() -> None:
    """Write one file for each command, and remove those of commands that are gone."""
    folder = Path(__file__).parent
    found = manual.pages(typer.main.get_command(app))
    for old in set(folder.glob("*.1")) - {folder / name for name in found}:
        old.unlink()
    for name, text in found.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
