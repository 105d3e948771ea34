"""Every code that the references name has its own sentence: a new one must bring its own."""

from __future__ import annotations

import pytest
from hilum.catalogue import known, words_for
from hilum.catalogue import statuses as sentences
from hilum_ehealth.card.ckr import CODES, IN_FUNCTION, card_error
from hilum_ehealth.soap import statuses
from hilum_ehealth.soap.faults import MEANINGS, Fault, fault_error
from hilum_hookspecs.words import show

MIDDLEWARE = {
    "CKR_ARGUMENTS_BAD": "C_Login",
    "CKR_DEVICE_ERROR": "C_Sign",
    "CKR_DEVICE_REMOVED": "C_FindObjects",
    "CKR_FUNCTION_CANCELED": "C_Login",
    "CKR_FUNCTION_FAILED": "C_Login",
    "CKR_FUNCTION_NOT_SUPPORTED": "C_Sign",
    "CKR_GENERAL_ERROR": "C_Sign",
    "CKR_MECHANISM_INVALID": "C_Sign",
    "CKR_PIN_INCORRECT": "C_Login",
    "CKR_PIN_LEN_RANGE": "C_Login",
    "CKR_PIN_LOCKED": "C_Login",
    "CKR_TOKEN_NOT_PRESENT": "C_OpenSession",
    "CKR_TOKEN_NOT_RECOGNIZED": "C_GetTokenInfo",
    "CKR_USER_NOT_LOGGED_IN": "C_Sign",
}
"""What the official middleware, OpenSC and SoftHSM were seen to answer, and where."""

NEVER_SHOWN = {
    "CKR_USER_ALREADY_LOGGED_IN": "a second login is let pass",
    "CKR_NO_EVENT": "the function that gives it is not called",
}
"""What they answer too and nobody gets to see."""

SOA = ("SOA-00001", "SOA-01001", "SOA-01002", "SOA-02001", "SOA-02002", "SOA-03004", "SOA-03006")
WSSE = (
    "wsse:InvalidSecurity",
    "wsse:FailedCheck",
    "wsse:InvalidSecurityToken",
    "wsse:SecurityTokenUnavailable",
    "wsse:MessageExpired",
)
BOX = ("801", "802", "803", "804", "805", "810", "814", "816", "826")
ETK_DEPOT = ("400", "404", "500")
CERTRA = ("CERT_NOT_YET_DELIVERED",)
CERTIFICATE_STATES = ("IN_PROGRESS", "VALID_ACTIVE", "REFUSED", "REVOKED", "EXPIRED")
ETK_STATES = (
    *("NOT_REQUESTED", "IN_REQUEST", "WAIT_FOR_ACTIVATION"),
    *("VALID_ACTIVE", "REVOKED", "EXPIRED"),
)
UNNAMED = words_for(card_error("CKR_VENDOR_DEFINED", "C_Sign")).message.partition("(")[0]


@pytest.mark.parametrize(("ckr", "function"), MIDDLEWARE.items())
def test_what_a_middleware_answers_has_its_own_sentence(ckr, function):
    words = words_for(card_error(ckr, function))

    assert words.message
    assert not words.message.startswith(UNNAMED)


@pytest.mark.parametrize("code", sorted({*CODES.values(), *IN_FUNCTION.values()}))
def test_every_code_that_a_return_value_becomes_is_in_the_catalogue(code):
    assert known(code)


@pytest.mark.parametrize("ckr", NEVER_SHOWN)
def test_what_nobody_gets_to_see_is_not_translated(ckr):
    assert ckr not in CODES


def refusal(code, table):
    fault = Fault(code=code, text="")
    error = fault_error(
        fault, endpoint="https://x.invalid", now=None, server_date=None, statuses=table
    )
    return error, words_for(error)


@pytest.mark.parametrize(
    ("code", "table"),
    [
        *((code, MEANINGS) for code in (*SOA, *WSSE)),
        *((code, statuses.BOX) for code in BOX),
        *((code, statuses.ETK_DEPOT) for code in ETK_DEPOT),
        *((code, statuses.CERTRA) for code in CERTRA),
    ],
)
def test_every_code_of_the_platform_has_its_own_sentence(code, table):
    error, words = refusal(code, table)

    assert words.message != refusal("never-heard-of", {})[1].message
    assert words.remedy
    own = {**sentences.REFUSALS, **sentences.OUTAGES}
    assert table[code].name in own or error.code == "clock.wrong"


def test_every_meaning_in_the_tables_has_a_sentence():
    tables = (MEANINGS, statuses.BOX, statuses.ETK_DEPOT, statuses.CERTRA)
    meanings = [meaning for table in tables for meaning in table.values()]

    own = {True: sentences.OUTAGES, False: sentences.REFUSALS}
    assert [each.name for each in meanings if each.name not in own[each.outage]] == []
    assert set(sentences.REMEDIES) <= {each.name for each in meanings}


@pytest.mark.parametrize(
    ("named", "listed", "words"),
    [
        (CERTIFICATE_STATES, statuses.CERTIFICATE_STATES, sentences.CERTIFICATE_STATES),
        (ETK_STATES, statuses.ETK_STATES, sentences.ETK_STATES),
    ],
    ids=["certificate", "etk"],
)
def test_every_state_of_a_certificate_has_its_words(named, listed, words):
    assert set(named) == set(listed) == set(words)
    assert all(show(each) for each in words.values())
