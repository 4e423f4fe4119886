"""The manual pages' place in the wheel: where `man aevb-predict` finds them once it is installed."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface[Any]):
    """Put man/*.1 into share/man/man1."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the pages to the builder."""
        del version
        for page in sorted((Path(self.root) / "man").glob("*.1")):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"
