"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # for docs.tables

project = "pkcompat"
author = "The pkcompat authors"
copyright = f"2026 {author}"  # noqa: A001 (Sphinx's name)
release = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "docs.tables"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = False
smartquotes_action = "De"  # dashes; quotes stay what one has to type

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

default_role = "code"  # docstrings quote code as Markdown does
napoleon_attr_annotations = False  # the signature has the types
napoleon_use_ivar = True  # attributes are listed with their class, and need no entries of their own
autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["tables.css", "console.css"]
html_title = "pkcompat"
html_show_sphinx = False
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

linkcheck_timeout = 10
linkcheck_retries = 2
linkcheck_ignore = [
    r"https?://(127\.0\.0\.1|localhost|\[::1\])",
    r"https?://[^/]*\.example\b",
    r"https?://[^/]*example\.(com|org)",
]

PAGES_OF_THE_PROJECT = {
    "../SECURITY.md": "project/security.md",
    "../CHANGELOG.md": "project/changelog.md",
    "../benchmarks/RESULTS.md": "project/measurements.md",
}
"""Files outside of docs/ that are pages, too, and the pages: links name the files, as in the repository."""


def _link_pages(app: Sphinx, name: str, source: list[str]) -> None:
    up = "../" * name.count("/")
    for file, page in PAGES_OF_THE_PROJECT.items():
        source[0] = source[0].replace(f"]({up}{file}", f"]({up}{page}")


def setup(app: Sphinx) -> None:
    """Read by Sphinx."""
    app.connect("source-read", _link_pages)
    app.add_lexer("mermaid", TextLexer)  # drawn where the repository is read; drawing it here takes a script
