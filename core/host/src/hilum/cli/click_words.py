"""click's own texts in the language of now.

click asks gettext's default domain for its texts. For the time of a run that domain is ours, which
holds them too (:mod:`hilum.cli.click_texts`).
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hilum.words import _


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let click speak *language* while the block runs.

    gettext takes the language from the variable ``LANGUAGE``; it is put back afterwards.
    """
    before, domain = os.environ.get("LANGUAGE"), gettext.textdomain()
    gettext.bindtextdomain(_.name, str(Path(__file__).parent.parent / "locale"))
    gettext.textdomain(_.name)
    os.environ["LANGUAGE"] = "C" if language == "en" else language
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if before is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = before
