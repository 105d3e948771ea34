"""Names as Java writes them."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID
from hilum_ehealth.keystore.names import java_name


def test_a_name_is_written_from_its_end_with_equals_escaped() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.COMMON_NAME, "SSIN=85073003328"),
        ]
    )

    assert java_name(name) == "CN=SSIN\\=85073003328,C=BE"


def test_a_type_without_keyword_shows_its_number_and_bytes() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, "002")])

    assert java_name(name) == "2.5.4.5=#1303303032"


def test_special_characters_and_outer_spaces_are_escaped() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, ' a,b+c<d>e#f;g"h\\ ')])

    assert java_name(name) == 'O=\\ a\\,b\\+c\\<d\\>e\\#f\\;g\\"h\\\\\\ '


def test_parts_of_one_step_are_joined() -> None:
    step = x509.RelativeDistinguishedName(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "é"),
            x509.NameAttribute(NameOID.USER_ID, "1"),
        ]
    )

    assert set(java_name(x509.Name([step])).split("+")) == {"CN=é", "UID=1"}
