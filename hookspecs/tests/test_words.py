from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hilum_hookspecs import words


@pytest.fixture
def domain(tmp_path):
    yield words.Domain("hilum_test_words", tmp_path)
    words.set_language("en")


def test_a_text_without_catalogue_is_shown_in_english(domain):
    words.set_language("fr")
    assert domain("Hello {name}", name="Alice") == "Hello Alice"


def test_a_message_is_translated_where_it_is_shown(domain):
    assert words.show(domain.message("until {when}", when="08:00")) == "until 08:00"


def test_a_message_may_hold_a_message(domain):
    inner = domain.message("no session")
    assert words.show(domain.message("eHealth: {state}", state=inner)) == "eHealth: no session"


def test_a_text_with_braces_and_no_arguments_is_left_alone(domain):
    assert domain("a {brace}") == "a {brace}"


def test_plurals_follow_the_number(domain):
    assert domain.plural("{n} provider", "{n} providers", 1) == "1 provider"
    assert domain.plural("{n} provider", "{n} providers", 3) == "3 providers"


def test_an_unknown_language_means_english(domain):
    words.set_language("it")
    assert words.language() == "en"


def test_instants_are_written_as_in_belgium_in_brussels_time():
    assert words.moment(datetime(2022, 4, 1, 12, 30, tzinfo=UTC)) == "01/04/2022 14:30"
    assert words.day(date(2022, 4, 1)) == "01/04/2022"
