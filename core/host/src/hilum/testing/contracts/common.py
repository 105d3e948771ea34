# ruff: noqa: S101  # these are parts of tests
"""What several contracts hold."""

from __future__ import annotations

import re

from hilum_hookspecs import Message
from hilum_hookspecs.words import LANGUAGES, language, set_language, show

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


def shows_in_every_language(message: Message) -> None:
    """Hold that *message* has words in each language."""
    before = language()
    try:
        for each in LANGUAGES:
            set_language(each)
            assert show(message).strip()
    finally:
        set_language(before)
