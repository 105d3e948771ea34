# ruff: noqa: S101  # these are parts of tests
"""What several contracts hold."""

from __future__ import annotations

import re

from hilum_hookspecs import Message
from hilum_hookspecs.words import LANGUAGES, language, set_language, show

from hilum.names_of_ours import NAMES

SLUG = re.compile(r"[a-z][a-z0-9_-]*")
CODE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")

_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}")


def is_free(contribution: object, hook: str) -> None:
    """Hold that *contribution* to *hook* has a slug as its name, and not that of one of Hilum's."""
    name = str(getattr(contribution, "name", ""))
    assert SLUG.fullmatch(name), f"{name!r}: a name is small letters, digits, - and _"
    owner = NAMES[hook].get(name)
    assert owner is None or is_of(contribution, owner), f"{name} is the name of Hilum's own {owner}"


def is_of(contribution: object, plugin: str) -> bool:
    """Tell whether *contribution* is one of Hilum's own *plugin*: by its functions or its texts."""
    package = f"hilum_{plugin}"
    for each in getattr(contribution, "__dataclass_fields__", ()):
        value = getattr(contribution, each)
        module = str(getattr(value, "__module__", ""))
        if package in (module.partition(".")[0], getattr(value, "domain", "")):
            return True
    return False


def shows_in_every_language(message: Message) -> None:
    """Hold that *message* has words in each language, and an argument for each ``{name}``."""
    before = language()
    try:
        for each in LANGUAGES:
            set_language(each)
            assert show(message).strip()
            named = set(_PLACEHOLDER.findall(show(Message(message.domain, message.id))))
            missing = named - set(message.arguments)
            assert not missing, f"{message.id!r} ({each}) has no argument for {sorted(missing)}"
    finally:
        set_language(before)
