"""How the documentation is built: ``make docs`` reads this folder and writes ``.cache/docs``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Hilum"
html_title = "Hilum"
html_theme = "furo"
html_show_sphinx = False
extensions = ["myst_parser"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}

DOCS = Path(__file__).resolve().parent
LINK = re.compile(r"\[([^][]+)\]\(((?:\.\./)+[^)#\s]+)\)")


def setup(app: Sphinx) -> None:
    """Show where a file of the source stands instead of linking to it.

    A page in the repository can lead there; the built pages stand alone.
    """
    app.connect("source-read", _name_sources)


def _name_sources(_app: Sphinx, page: str, source: list[str]) -> None:
    folder = (DOCS / page).parent

    def named(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        if target.is_relative_to(DOCS):
            return link[0]
        if not target.exists():
            raise ValueError(f"{page}.md links to {link[2]}, which does not exist")
        return f"{link[1]} (`{target.relative_to(DOCS.parent)}`)"

    source[0] = LINK.sub(named, source[0])
