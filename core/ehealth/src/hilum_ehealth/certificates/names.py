"""Distinguished names: their attributes, and the way Java prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography import x509

COMMON_NAME: Final = "2.5.4.3"
SURNAME: Final = "2.5.4.4"
SERIAL_NUMBER: Final = "2.5.4.5"
ORGANIZATION: Final = "2.5.4.10"
ORGANIZATIONAL_UNIT: Final = "2.5.4.11"
GIVEN_NAME: Final = "2.5.4.42"

_JAVA_KEYWORDS: Final = {
    COMMON_NAME: "CN",
    SURNAME: "SURNAME",
    SERIAL_NUMBER: "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    ORGANIZATION: "O",
    ORGANIZATIONAL_UNIT: "OU",
    "2.5.4.12": "T",
    GIVEN_NAME: "GIVENNAME",
    "2.5.4.43": "INITIALS",
    "2.5.4.44": "GENERATION",
    "2.5.4.46": "DNQ",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "EMAILADDRESS",
}
_QUOTED: Final = frozenset(',+=\n<>#;\\"')


def values(name: x509.Name, oid: str) -> tuple[str, ...]:
    """List the values of the attribute *oid* (dotted) in *name*, spaces around them taken off."""
    return tuple(str(part.value).strip() for part in name if part.oid.dotted_string == oid)


def java_name(name: x509.Name) -> str:
    """Print *name* as Java does (RFC 1779 style), the form in which the STS writes names.

    The last part comes first, parts are separated by ``", "``, a value with a special character
    stands in quotes: ``CN="SSIN=85073003328", OU=eHealth-platform Belgium, ... C=BE``.
    """
    return ", ".join(
        " + ".join(_java_part(part) for part in relative) for relative in reversed(name.rdns)
    )


def _java_part(part: x509.NameAttribute[str | bytes]) -> str:
    dotted = part.oid.dotted_string
    keyword = _JAVA_KEYWORDS.get(dotted, f"OID.{dotted}")
    if isinstance(part.value, bytes):
        return f"{keyword}=#{part.value.hex()}"
    return f"{keyword}={_java_value(part.value)}"


def _java_value(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    needs_quotes = not _QUOTED.isdisjoint(value) or value != value.strip(" ") or "  " in value
    return f'"{escaped}"' if needs_quotes else escaped
