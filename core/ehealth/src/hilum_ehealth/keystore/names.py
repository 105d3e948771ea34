"""Subject names as Java writes them: the aliases of certificates in eHealth's keystores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import ber

if TYPE_CHECKING:
    from cryptography.x509 import Name

_KEYWORDS: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
"""The keywords of RFC 2253; Java writes every other type as its identifier."""

_SPECIAL: Final = str.maketrans({character: f"\\{character}" for character in ',=+<>#;"\\'})


def java_name(name: Name) -> str:
    r"""Write *name* like ``X500Principal.getName("RFC2253")``.

    ``=`` is escaped, and a type without keyword shows the DER of its value in hexadecimal:
    ``CN=SSIN\=85073003328,...`` and ``2.5.4.5=#1303303032``.
    """
    from cryptography import x509

    return ",".join(
        "+".join(_attribute(x509.Name([attribute]).public_bytes()) for attribute in rdn)
        for rdn in reversed(name.rdns)
    )


def _attribute(single_name: bytes) -> str:
    """Write the only attribute of a Name in DER."""
    attribute = ber.only(ber.only(ber.parse(single_name), ber.SEQUENCE), ber.SET)
    oid, value = ber.sequence(attribute, at_least=2)
    kind = ber.identifier(oid)
    if kind not in _KEYWORDS:
        return f"{kind}=#{ber.to_der(value).hex()}"
    encoding = "utf-16-be" if value.tag == ber.BMP_STRING else "utf-8"
    return f"{_KEYWORDS[kind]}={_escaped(value.content.decode(encoding, 'replace'))}"


def _escaped(text: str) -> str:
    core = text.strip(" ")
    leading = len(text) - len(text.lstrip(" "))
    trailing = len(text) - leading - len(core)
    return "\\ " * leading + core.translate(_SPECIAL) + "\\ " * trailing
