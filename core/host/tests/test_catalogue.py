"""Every error code has its sentence and its remedy, in every language."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import hilum
import hilum_ehealth
import hilum_hookspecs
import pytest
from hilum.catalogue import EXIT_CODES, exit_code, known, words_for
from hilum.catalogue.entries import entries, families
from hilum.catalogue.statuses import (
    CERTIFICATE_STATES,
    ETK_STATES,
    OUTAGES,
    REFUSALS,
    REMEDIES,
)
from hilum.catalogue.values import WORDS, readable
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError, Message, errors
from hilum_hookspecs.words import LANGUAGES, set_language

CODE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+[a-z0-9]")
FAMILIES = {code for code in EXIT_CODES if "." not in code}
NOT_CODES = {"card.json", "settings.toml"}
CLASSES = {
    "EhealthError",
    *(
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, HilumError)
    ),
}


def sources() -> list[Path]:
    """Return our modules: the three packages that the host needs, and plugins beside them."""
    roots = [
        Path(package.__file__ or "").parent for package in (hilum, hilum_ehealth, hilum_hookspecs)
    ]
    roots += Path(hilum.__file__ or "").parents[4].glob("plugins/*/src/*")
    return [
        path for root in roots for path in sorted(root.rglob("*.py")) if "testing" not in path.parts
    ]


def raised(tree: ast.AST) -> Iterator[str]:
    """Yield the codes of the errors that are made without texts of their own."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        own_words = any(keyword.arg == "message" for keyword in node.keywords)
        if name in CLASSES and not own_words and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def constants(tree: ast.AST) -> Iterator[str]:
    """Yield every text that looks like a code; the kit also keeps codes in tables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if CODE.fullmatch(text) and text.partition(".")[0] in FAMILIES - NOT_CODES:
                yield text


def codes() -> set[str]:
    found: set[str] = set()
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= set(raised(tree))
        if "hilum_ehealth" in path.parts:
            found |= set(constants(tree)) - NOT_CODES
    defaults = {getattr(errors, name).default_code for name in CLASSES - {"EhealthError"}}
    return found | defaults


@pytest.fixture(params=LANGUAGES)
def spoken(request):
    set_language(request.param)
    yield request.param
    set_language("en")


def test_every_code_that_can_be_raised_has_texts():
    general = {"defect", "not-yet", "settings.invalid", "record.refused", "certificate.refused"}
    general |= {"credential.rejected", "storage.failed"}  # defaults of classes, named by families

    assert {code for code in codes() if not known(code)} - general == set()


def test_every_family_with_an_exit_code_has_general_texts():
    assert FAMILIES - set(families()) <= {"cancelled"}


def test_every_text_can_be_shown_without_details(spoken):
    for code in entries():
        words = words_for(EhealthError(code))
        assert words.message
        assert "{" not in words.message + words.remedy


def test_everything_but_walking_away_has_a_remedy():
    without = {code for code in entries() if not words_for(EhealthError(code)).remedy}

    assert without == {"cancelled"}


def test_an_unknown_code_is_shown_by_its_family(spoken):
    words = words_for(EhealthError("card.never-heard-of"))

    assert "card.never-heard-of" in words.message
    assert words.remedy
    assert exit_code(EhealthError("card.never-heard-of")) == 5


def test_an_unknown_family_is_a_defect_unless_the_error_says_otherwise():
    assert exit_code(EhealthError("acme.odd")) == 1
    assert exit_code(errors.NotYet("acme.odd")) == 8


def _messages() -> Iterator[Message]:
    details = ({}, {"nearest": "x"}, {"attempts_left": 0}, {"attempts_left": 1})
    details += ({"attempts_left": 2}, {"try_may_be_lost": True}, {"ticket": "T"})
    details += ({"problem": "expired"}, {"cause": "dns"})
    for each in (*entries().values(), *families().values()):
        for given in details if callable(each) else ({},):
            pair = each(given) if callable(each) else each
            yield from (message for message in pair if message)
    tables = (REFUSALS, OUTAGES, REMEDIES, CERTIFICATE_STATES, ETK_STATES)
    for words in (*WORDS.values(), *tables):
        yield from words.values()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_is_in_the_language(language):
    folder = Path(hilum.__file__ or "").parent / "locale"
    catalogue = gettext.translation("hilum", folder, [language])
    same = {"NISS", "tables"} if language == "fr" else set()

    for message in _messages():
        assert catalogue.gettext(message.id) != message.id or message.id in same


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2022-04-01T12:30:00+00:00", "01/04/2022 14:30"),
        ("2022-01-01T23:30:00+00:00", "02/01/2022 00:30"),
        ("2022-04-01", "01/04/2022"),
        (["a", "b"], "a, b"),
        (None, "?"),
        (3, "3"),
        ("1234-56-78 text", "1234-56-78 text"),
    ],
)
def test_details_are_shown_as_a_person_reads_them(value, shown):
    assert readable(value) == shown


def test_words_of_a_program_are_shown_as_words(spoken):
    error = EhealthError("keystore.not-pkcs12", found="java-keystore")

    assert "Java" in words_for(error).message


def test_our_words_win_over_those_of_a_plugin():
    error = HilumError("card.removed", message=Message("acme", "Stolen words"))

    assert words_for(error).message == "The card was taken out."


def test_a_detail_with_braces_is_shown_as_it_is():
    error = EhealthError("ehealth.refused", fault_code="{x}", fault_text="{0}")

    assert "{x}" in words_for(error).message
