"""How Sphinx builds the documents, with `python -m sphinx -W docs docs/_build`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

from aevb_cli.version import __version__  # noqa: E402 - the project need not be installed

project = "aevb"
author = "the aevb authors"
project_copyright = author  # no year: the same files give the same pages
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "from_code"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"aevb {release}"
html_show_sphinx = False
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
smartquotes = False  # an option begins with two hyphens
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say it in words
