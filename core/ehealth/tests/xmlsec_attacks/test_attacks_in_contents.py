"""Signed by the platform, and still not the token that was asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hilum_ehealth.testing.assertions import PHYSIOTHERAPIST, SSIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Attack, Scene


ALICE, BOB = "85073003328", "79051103172"
BOB_ATTRIBUTES = {name: BOB if value == ALICE else value for name, value in PHYSIOTHERAPIST.items()}
HOLDER_SSIN = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin"
DAY = timedelta(days=1)


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


STATEMENT, AUTHENTICATED = "AttributeStatement", "AuthenticationStatement"
HOK = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"


def value(content: str) -> str:
    return f"<AttributeValue>{content}</AttributeValue>"


VALUE_OF_SSIN = value(ALICE)
SSIN_ATTRIBUTE = (
    f'<Attribute AttributeName="{SSIN}" AttributeNamespace='
    f'"urn:be:fgov:identification-namespace">{VALUE_OF_SSIN}</Attribute>'
)


def between(scene: Scene, start: str, end: str) -> str:
    """The text of Alice's token from *start* to the end of *end*."""
    first = scene.text.index(start)
    return scene.text[first : scene.text.index(end, first) + len(end)]


def without(start: str, end: str) -> Attack:
    return lambda s: s.says((between(s, start, end), ""))


def twice(start: str, end: str) -> Attack:
    return lambda s: s.says((between(s, start, end), 2 * between(s, start, end)))


def condition(xml: str) -> Attack:
    def make(scene: Scene) -> bytes:
        conditions = between(scene, "<Conditions", "/>")
        return scene.says((conditions, f"{conditions[:-2]}>{xml}</Conditions>"))

    return make


ATTACKS: dict[str, Attack] = {
    "expired": lambda s: s.formed(issued_at=s.now - timedelta(hours=25)),
    "ends-this-instant": lambda s: s.formed(
        issued_at=s.now - timedelta(hours=1), life=timedelta(hours=1)
    ),
    "begins-too-late": lambda s: s.formed(not_before=s.now + timedelta(seconds=61)),
    "ends-before-it-begins": lambda s: s.formed(
        not_before=s.now, life=timedelta(hours=-1), issued_at=s.now
    ),
    "lives-too-long": lambda s: s.formed(life=timedelta(days=30)),
    "no-conditions": without("<Conditions", "/>"),
    "no-end": lambda s: s.says((f' NotOnOrAfter="{instant(s.now + DAY)}"', "")),
    "no-zone": lambda s: s.says((instant(s.now + DAY), instant(s.now + DAY)[:-1])),
    "impossible-time": lambda s: s.says((instant(s.now + DAY), "2026-13-40T25:61:61Z")),
    "audience": condition(
        "<AudienceRestrictionCondition><Audience>urn:x</Audience></AudienceRestrictionCondition>"
    ),
    "one-use": condition("<DoNotCacheCondition/>"),
    "bearer": lambda s: s.formed(confirmation="urn:oasis:names:tc:SAML:1.0:cm:bearer"),
    "sender-vouches": lambda s: s.formed(
        confirmation="urn:oasis:names:tc:SAML:1.0:cm:sender-vouches"
    ),
    "two-confirmations": twice("<ConfirmationMethod>", "</ConfirmationMethod>"),
    "no-confirmation": without("<SubjectConfirmation>", "</SubjectConfirmation>"),
    "other-holder": lambda s: s.formed(holder=s.bob.certificate),
    "no-holder-key": without('<ds:KeyInfo xmlns:ds="', "</ds:KeyInfo>"),
    "two-holders": twice("<ds:X509Certificate>", "</ds:X509Certificate>"),
    "holder-not-base64": lambda s: s.says((s.der(s.alice.certificate), "????")),
    "other-person": lambda s: s.formed(attributes=BOB_ATTRIBUTES),
    "empty-ssin": lambda s: s.says((VALUE_OF_SSIN, "<AttributeValue/>")),
    "ssin-with-spaces": lambda s: s.says((VALUE_OF_SSIN, value(f" {ALICE}"))),
    "two-ssin-values": lambda s: s.says(
        (SSIN_ATTRIBUTE, SSIN_ATTRIBUTE.replace(VALUE_OF_SSIN, 2 * VALUE_OF_SSIN))
    ),
    "ssin-twice": lambda s: s.says((SSIN_ATTRIBUTE, 2 * SSIN_ATTRIBUTE)),
    "no-ssin": lambda s: s.says((SSIN_ATTRIBUTE, "")),
    "ssin-only-certified": lambda s: s.says(
        ("urn:be:fgov:identification-namespace", "urn:be:fgov:certified-namespace:ehealth")
    ),
    "holder-is-another-person": lambda s: s.formed(
        attributes={**PHYSIOTHERAPIST, HOLDER_SSIN: BOB}
    ),
    "other-issuer": lambda s: s.formed(issuer="urn:be:fgov:ehealth:sts:2_0"),
    "no-issuer": lambda s: s.says((' Issuer="urn:be:fgov:ehealth:sts:1_0"', "")),
    "version-2": lambda s: s.says(('MajorVersion="1"', 'MajorVersion="2"')),
    "version-1-0": lambda s: s.says(('MinorVersion="1"', 'MinorVersion="0"')),
    "no-authentication": without(f"<{AUTHENTICATED}", f"</{AUTHENTICATED}>"),
    "no-attributes": without(f"<{STATEMENT}", f"</{STATEMENT}>"),
    "two-authentications": twice(f"<{AUTHENTICATED}", f"</{AUTHENTICATED}>"),
    "two-attribute-statements": twice(f"<{STATEMENT}", f"</{STATEMENT}>"),
    "advice": lambda s: s.says(("<Conditions", "<Advice/><Conditions")),
    "decision": lambda s: s.says(("</Assertion>", "<AuthorizationDecisionStatement/></Assertion>")),
    "statement-without-subject": lambda s: s.says(
        (between(s, f"<{STATEMENT}><Subject>", "</Subject>"), f"<{STATEMENT}>")
    ),
    "other-subject": lambda s: s.says(
        (
            between(s, f"<{STATEMENT}><Subject>", "</Subject>"),
            between(s, f"<{STATEMENT}><Subject>", "</Subject>").replace("ALICE", "BOB"),
        )
    ),
    "nameless": lambda s: s.says((between(s, 'CN="', "C=BE"), "")),
    "markup-in-a-value": lambda s: s.says((VALUE_OF_SSIN, value(f"{ALICE}<x/>"))),
    "attribute-without-value": lambda s: s.says((VALUE_OF_SSIN, "")),
    "not-recognised": lambda s: s.attributes(**{"professional:physiotherapist:boolean": "false"}),
    "no-number": lambda s: s.attributes(**{"nihii11": None}),
    "empty-number": lambda s: s.attributes(**{"nihii11": ""}),
    "short-number": lambda s: s.attributes(**{"nihii11": "54123426"}),
    "number-of-another": lambda s: s.attributes(**{"nihii11": "19733263527"}),
    "identifier-with-spaces": lambda s: s.formed(identifier="_a b"),
}


@pytest.mark.attack("A7")
def test_a_token_that_says_the_wrong_thing_is_refused(
    attack: Attack, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(attack)
