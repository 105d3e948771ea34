"""Who a certificate belongs to, whatever the order of its subject."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hilum_ehealth.certificates import Holder, citizen_of, holder_of, java_name
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import CitizenCard, Issued, Pki

UNIT, COMMON_NAME = NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME
Attributes = list[tuple[x509.ObjectIdentifier, str]]

PERSON: Attributes = [
    (NameOID.ORGANIZATION_NAME, "Federal Government"),
    (UNIT, "SSIN=85073003328"),
    (UNIT, "ALICE EXAMPLE"),
    (UNIT, "eHealth-platform Belgium"),
    (COMMON_NAME, "SSIN=85073003328"),
]


@pytest.fixture(scope="session")
def certificate_for(now: datetime) -> Callable[[Attributes], x509.Certificate]:
    key = ec.generate_private_key(ec.SECP384R1())

    def make(attributes: Attributes) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
        return (
            builder.public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA384())
        )

    return make


@pytest.fixture
def holder_named(
    certificate_for: Callable[[Attributes], x509.Certificate],
) -> Callable[[Attributes], Holder]:
    return lambda attributes: holder_of(certificate_for(attributes))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(EhealthError) as refused:
        call()
    return refused.value.code


def test_a_person_is_read_from_the_usual_subject(alice: Issued) -> None:
    holder = holder_of(alice.certificate)
    assert (holder.kind, holder.identifier) == ("SSIN", "85073003328")
    assert (holder.name, holder.application_id) == ("ALICE EXAMPLE", None)


def test_every_order_of_the_attributes_gives_the_same_person(
    holder_named: Callable[[Attributes], Holder],
) -> None:
    found = {holder_named(list(order)) for order in itertools.permutations(PERSON)}
    assert len(found) == 1
    assert found.pop().name == "ALICE EXAMPLE"


def test_the_units_are_enough_without_a_common_name(
    holder_named: Callable[[Attributes], Holder],
) -> None:
    assert holder_named(PERSON[:-1]).identifier == "85073003328"


def test_the_common_name_is_enough_without_units(
    holder_named: Callable[[Attributes], Holder],
) -> None:
    holder = holder_named(PERSON[-1:])
    assert (holder.identifier, holder.name) == ("85073003328", "")


def test_an_organisations_application_stands_after_a_comma(pki: Pki) -> None:
    holder = holder_of(pki.iam_signer.certificate)
    assert (holder.kind, holder.identifier) == ("CBE", "0809394427")
    assert (holder.name, holder.application_id) == ("EHEALTH-PLATFORM", "IAMSIM")


@pytest.mark.parametrize(
    ("kind", "digits"),
    [
        ("CBE", 10),
        ("CBE-CONSORTIUM", 10),
        ("CBE-TREAT_CENTER", 10),
        ("EHP", 10),
        ("EHP-CTRL_ORGANISM", 10),
        ("SITEPIT", 10),
        ("SITESMUR", 10),
        ("SITE", 4),
        ("NIHII", 8),
        ("NIHII-PHARMACY", 8),
        ("NIHII-OTD_PHARMACY", 8),
        ("NIHII-BELRAI_SCREEN", 8),
    ],
)
def test_each_kind_of_organisation_is_known_with_its_length(
    kind: str, digits: int, holder_named: Callable[[Attributes], Holder]
) -> None:
    identifier = "0809394427"[:digits]
    holder = holder_named([(UNIT, "NAME"), (COMMON_NAME, f"{kind}={identifier}, APP-1_X")])
    assert (holder.kind, holder.identifier) == (kind, identifier)
    assert (holder.name, holder.application_id) == ("NAME", "APP-1_X")
    wrong = [(COMMON_NAME, f"{kind}={identifier}0")]
    assert code_of(lambda: holder_named(wrong)) == "certificate.no-holder"


@pytest.mark.parametrize(
    "common_name",
    [
        "Dummy",
        "SSIN=8507300332",
        "INSS=85073003328",
        "ssin=85073003328",
        "SSIN=85073003328 and more",
        "CBE=0809394427, not allowed",
        "CBE=\uff10\uff18\uff10\uff19\uff13\uff19\uff14\uff14\uff12\uff17",
    ],
)
def test_anything_else_is_no_holder(
    common_name: str, holder_named: Callable[[Attributes], Holder]
) -> None:
    assert code_of(lambda: holder_named([(COMMON_NAME, common_name)])) == "certificate.no-holder"


@pytest.mark.parametrize(
    "attributes",
    [
        [(UNIT, "SSIN=17073003384"), (COMMON_NAME, "SSIN=85073003328")],
        [(UNIT, "CBE=0809394427"), (COMMON_NAME, "SSIN=85073003328")],
        [(COMMON_NAME, "CBE=0809394427, IAMACC"), (COMMON_NAME, "CBE=0809394427, OTHER")],
        [(UNIT, "SSIN=17073003384"), (UNIT, "SSIN=85073003328")],
    ],
)
def test_two_holders_in_one_subject_are_refused(
    attributes: Attributes, holder_named: Callable[[Attributes], Holder]
) -> None:
    assert code_of(lambda: holder_named(attributes)) == "certificate.holder-ambiguous"


def test_a_holder_does_not_print_the_person(alice: Issued) -> None:
    assert "85073003328" not in repr(holder_of(alice.certificate))
    assert "ALICE" not in repr(holder_of(alice.certificate))


def test_a_citizen_is_read_from_the_card(
    alice_card: CitizenCard, ec_alice_card: CitizenCard
) -> None:
    for card in (alice_card, ec_alice_card):
        citizen = citizen_of(card.authentication.certificate)
        assert (citizen.niss, citizen.surname) == ("85073003328", "Example")
        assert citizen.given_names == ("Alice", "Anne")
        assert repr(citizen) == "Citizen()"


def test_a_citizen_without_given_names_is_read(
    certificate_for: Callable[[Attributes], x509.Certificate],
) -> None:
    certificate = certificate_for(
        [(NameOID.SURNAME, "Example"), (NameOID.SERIAL_NUMBER, "85073003328")]
    )
    assert citizen_of(certificate).given_names == ()


def test_a_certificate_without_one_national_number_is_not_of_an_eid(
    alice: Issued, certificate_for: Callable[[Attributes], x509.Certificate]
) -> None:
    two = certificate_for(
        [(NameOID.SERIAL_NUMBER, "85073003328"), (NameOID.SERIAL_NUMBER, "17073003384")]
    )
    assert code_of(lambda: citizen_of(alice.certificate)) == "certificate.not-eid"
    assert code_of(lambda: citizen_of(two)) == "certificate.not-eid"


def test_names_are_printed_as_java_prints_them(alice: Issued, pki: Pki) -> None:
    assert java_name(alice.certificate.subject) == (
        'CN="SSIN=85073003328", OU=eHealth-platform Belgium, OU=ALICE EXAMPLE, '
        'OU="SSIN=85073003328", O=Federal Government, C=BE'
    )
    assert java_name(pki.iam_signer.certificate.subject).startswith(
        'CN="CBE=0809394427, IAMSIM", OU=eHealth-platform Belgium, '
    )
    assert ", SERIALNUMBER=001, " in java_name(pki.ehealth_ca.certificate.subject)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("plain", "plain"),
        ("two  spaces", '"two  spaces"'),
        (" leading", '" leading"'),
        ('a "quoted" word', r'"a \"quoted\" word"'),
        ("back\\slash", r'"back\\slash"'),
        ("semi;colon", '"semi;colon"'),
        ("Hélène", "Hélène"),
    ],
)
def test_special_characters_are_quoted_as_java_does(value: str, printed: str) -> None:
    name = x509.Name([x509.NameAttribute(COMMON_NAME, value)])
    assert java_name(name) == f"CN={printed}"


def test_a_part_of_several_attributes_is_joined_with_a_plus() -> None:
    name = x509.Name(
        [
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "A"),
                    x509.NameAttribute(NameOID.SERIAL_NUMBER, "1"),
                ]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(x509.ObjectIdentifier("1.2.3.4"), "x")]
            ),
        ]
    )
    assert java_name(name).startswith("OID.1.2.3.4=x, ")
    assert " + " in java_name(name)
