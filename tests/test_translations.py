"""Every distribution speaks every language, and says the same in each."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hilum_hookspecs.words import LANGUAGES

ROOT = Path(__file__).parents[1]
PACKAGES = [path for place in ("*/src/*", "*/*/src/*") for path in ROOT.glob(place)]
DOMAINS = sorted(path.name for path in PACKAGES if any(path.glob("locale/*")))
OTHERS = sorted(set(LANGUAGES) - {"en"})


def catalogue(domain: str, language: str) -> Path:
    (package,) = (path for path in PACKAGES if path.name == domain)
    return package / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def texts(domain: str, language: str) -> list[tuple[str, str]]:
    """Return every text with its translation; of one that has a plural, both pairs."""
    with catalogue(domain, language).open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    pairs = []
    for message in messages:
        plural = isinstance(message.id, tuple)
        sources = message.id if plural else (message.id,)
        translations = message.string if plural else (message.string,)
        pairs += zip(sources, translations, strict=True)
    return pairs


def names_in(text: str) -> list[tuple[str, str | None]]:
    """Return what is filled in, with how it is shown (``!r``)."""
    parsed = string.Formatter().parse(text)
    return sorted((name, shown or "") for _, name, _, shown in parsed if name is not None)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_distribution_has_every_text_in_the_language(domain, language):
    assert catalogue(domain, language).with_suffix(".mo").exists()
    assert [source for source, translation in texts(domain, language) if not translation] == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_fills_in_what_its_source_fills_in(domain, language):
    wrong = [
        (source, translation)
        for source, translation in texts(domain, language)
        if names_in(source) != names_in(translation)
    ]

    assert wrong == []


def test_every_distribution_that_speaks_is_looked_at():
    assert set(DOMAINS) == {path.name for path in PACKAGES if (path / "words.py").exists()}


def test_an_answer_is_asked_for_in_letters_that_are_understood():
    from hilum.cli.prompter import NO, YES

    for language in OTHERS:
        asked = dict(texts("hilum", language))["y/N"]
        yes, no = asked.casefold().split("/")
        assert yes in YES
        assert no in NO
