"""Print the lowest version of each dependency that pyproject.toml allows, as requirements for pip, one a line."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lowest(requirements: Sequence[str]) -> list[str]:
    """Return `name==version` for each requirement; ValueError where it has no lower bound."""
    found = []
    for each in requirements:
        bound = re.fullmatch(r"([\w.-]+?)\s*(?:>=|~=)\s*([\d.]+)(?:,.*)?", each)
        if not bound:
            raise ValueError(f"'{each}' has no lower bound.")
        found.append(f"{bound[1]}=={bound[2]}")
    return found


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    print("\n".join(lowest(project["dependencies"])))
