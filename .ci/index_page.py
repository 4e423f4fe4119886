"""What a package index shows: the README, and where the project lives.

A package index does not have the files that the README's relative links lead to. Where AEVB_SOURCE is the address of
the repository, as a release sets it, links lead there, to the files of this version's tag. Elsewhere they stay.
"""

import os
import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(?P<picture>!?)(?P<text>\[[^\]]*\])\((?!https?:|#)(?P<path>[^)]+)\)")


class IndexPage(MetadataHookInterface):
    """Fill in `readme` and `urls`."""

    def update(self, metadata: dict[str, object]) -> None:
        """Write both into the project's metadata."""
        source = os.environ.get("AEVB_SOURCE", "").rstrip("/")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute(text, source, f"v{metadata['version']}") if source else text,
        }
        metadata["urls"] = {"Source": source} if source else {}


def absolute(text: str, source: str, tag: str) -> str:
    """Return Markdown whose relative links lead to the files of a tag, and its pictures to their bytes."""
    return LINK.sub(
        lambda found: "{}{}({}/{}/{}/{})".format(
            found["picture"], found["text"], source, "raw" if found["picture"] else "blob", tag, found["path"]
        ),
        text,
    )
