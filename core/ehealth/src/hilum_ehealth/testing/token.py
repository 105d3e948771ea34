"""Fill a software PKCS#11 token with what an eID shows: labels, keys, certificates, identity.

The token is written in a process of its own, because a PKCS#11 library is initialised once per
process and SoftHSM reads ``SOFTHSM2_CONF`` only then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    Key = RSAPrivateKey | EllipticCurvePrivateKey
    Template = list[tuple[int, object]]

IDS = {"Authentication": 2, "Signature": 3, "CA": 4, "Root": 6}
"""CKA_ID per label, as the official middleware gives them (a CK_ULONG, native order)."""

SOFTHSM_PATHS = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


def softhsm_library() -> Path | None:
    """Find SoftHSM: ``HILUM_SOFTHSM`` when set, else the usual places; None when it is absent."""
    named = os.environ.get("HILUM_SOFTHSM")
    candidates = (named,) if named else SOFTHSM_PATHS
    return next((Path(path) for path in candidates if Path(path).is_file()), None)


def softhsm_settings(folder: Path) -> Path:
    """Write a SoftHSM settings file with a token store of its own in *folder* and return it.

    The library finds it through the environment variable ``SOFTHSM2_CONF``.
    """
    store = folder / "tokens"
    store.mkdir(parents=True, exist_ok=True)
    settings = folder / "softhsm2.conf"
    settings.write_text(
        f"directories.tokendir = {store}\nobjectstore.backend = file\nlog.level = ERROR\n",
        encoding="utf-8",
    )
    return settings


def load_card(
    module: Path,
    *,
    pin: str,
    authentication: tuple[Key, x509.Certificate] | None,
    signature: tuple[Key, x509.Certificate] | None = None,
    ca: x509.Certificate | None = None,
    root: x509.Certificate | None = None,
    data: Mapping[str, str] | None = None,
    label: str = "BELPIC",
    so_pin: str = "12345678",
    slot: int | None = None,
    softhsm_conf: Path | None = None,
) -> str:
    """Initialise a token and put an eID's objects on it; answer the token's serial number.

    *slot* is a slot to (re)initialise, by default the first that holds no initialised token.
    *data* are the card's data objects by label (``national_number``, ``surname``, ...). Raises
    ``RuntimeError`` with the library's own words when the token cannot be written.
    """
    request = {
        "module": str(module),
        "label": label,
        "slot": slot,
        "so_pin": so_pin,
        "pin": pin,
        "keys": _keys(authentication, signature),
        "certificates": _certificates(authentication, signature, ca, root),
        "data": dict(data or {}),
    }
    environment = dict(os.environ)
    if softhsm_conf is not None:
        environment["SOFTHSM2_CONF"] = str(softhsm_conf)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hilum_ehealth.testing.token"],
        input=json.dumps(request),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(f"token not written: {done.stderr.strip()[-500:]}")
    return str(json.loads(done.stdout)["serial"])


def _keys(
    authentication: tuple[Key, x509.Certificate] | None,
    signature: tuple[Key, x509.Certificate] | None,
) -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization

    pairs = {"Authentication": authentication, "Signature": signature}
    return {
        label: pair[0]
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode("ascii")
        for label, pair in pairs.items()
        if pair
    }


def _certificates(
    authentication: tuple[Key, x509.Certificate] | None,
    signature: tuple[Key, x509.Certificate] | None,
    ca: x509.Certificate | None,
    root: x509.Certificate | None,
) -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization

    certificates = {
        "Authentication": authentication[1] if authentication else None,
        "Signature": signature[1] if signature else None,
        "CA": ca,
        "Root": root,
    }
    return {
        label: certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
        for label, certificate in certificates.items()
        if certificate
    }


def main() -> None:
    """Write the token described on standard input, print its serial number as JSON."""
    request = json.load(sys.stdin)
    import PyKCS11

    library = PyKCS11.PyKCS11Lib()
    library.load(request["module"])
    slot = _initialised(library, request)
    session = library.openSession(slot, PyKCS11.CKF_RW_SESSION)
    session.login(request["pin"])
    for template in _templates(request):
        session.createObject(template)
    print(json.dumps({"serial": str(library.getTokenInfo(slot).serialNumber).strip(" \0")}))
    session.logout()
    session.closeSession()


def _initialised(library: Any, request: dict[str, Any]) -> int:
    """Initialise the token and the user's PIN; answer where the library shows it afterwards."""
    import PyKCS11

    known = _serials(library)
    slot = request["slot"] if request["slot"] is not None else _free_slot(library)
    library.initToken(slot, request["so_pin"], request["label"].ljust(32))
    slot = next(found for serial, found in _serials(library).items() if serial not in known)
    session = library.openSession(slot, PyKCS11.CKF_RW_SESSION)
    session.login(request["so_pin"], PyKCS11.CKU_SO)
    session.initPin(request["pin"])
    session.logout()
    session.closeSession()
    return slot


def _serials(library: Any) -> dict[str, int]:
    import PyKCS11

    tokens = {slot: library.getTokenInfo(slot) for slot in library.getSlotList(tokenPresent=True)}
    return {
        token.serialNumber: slot
        for slot, token in tokens.items()
        if token.flags & PyKCS11.CKF_TOKEN_INITIALIZED
    }


def _free_slot(library: Any) -> int:
    taken = set(_serials(library).values())
    return int(next(s for s in library.getSlotList(tokenPresent=True) if s not in taken))


def _templates(request: dict[str, Any]) -> Iterable[Template]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    for label, pem in request["certificates"].items():
        yield _certificate_template(label, x509.load_pem_x509_certificate(pem.encode()))
    for label, pem in request["keys"].items():
        key = load_pem_private_key(pem.encode(), None)
        yield _private_template(label, key)
        yield _public_template(label, key)
    for label, text in request["data"].items():
        yield _data_template(label, text)


def _common(label: str, object_class: int, *, private: bool) -> Template:
    import PyKCS11

    return [
        (PyKCS11.CKA_CLASS, object_class),
        (PyKCS11.CKA_TOKEN, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_PRIVATE, PyKCS11.CK_TRUE if private else PyKCS11.CK_FALSE),
        (PyKCS11.CKA_LABEL, label),
    ]


def _identifier(label: str) -> tuple[int, object]:
    import PyKCS11

    return (PyKCS11.CKA_ID, IDS[label].to_bytes(8, sys.byteorder))


def _certificate_template(label: str, certificate: x509.Certificate) -> Template:
    import PyKCS11
    from cryptography.hazmat.primitives.serialization import Encoding

    return [
        *_common(label, PyKCS11.CKO_CERTIFICATE, private=False),
        _identifier(label),
        (PyKCS11.CKA_CERTIFICATE_TYPE, PyKCS11.CKC_X_509),
        (PyKCS11.CKA_SUBJECT, certificate.subject.public_bytes()),
        (PyKCS11.CKA_VALUE, certificate.public_bytes(Encoding.DER)),
    ]


def _private_template(label: str, key: Any) -> Template:
    import PyKCS11
    from cryptography.hazmat.primitives.asymmetric import rsa

    common = [
        *_common(label, PyKCS11.CKO_PRIVATE_KEY, private=True),
        _identifier(label),
        (PyKCS11.CKA_SENSITIVE, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_EXTRACTABLE, PyKCS11.CK_FALSE),
        (PyKCS11.CKA_SIGN, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_DECRYPT, PyKCS11.CK_FALSE),
        (PyKCS11.CKA_UNWRAP, PyKCS11.CK_FALSE),
    ]
    numbers = key.private_numbers()
    if not isinstance(key, rsa.RSAPrivateKey):
        return [
            *common,
            (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_EC),
            (PyKCS11.CKA_EC_PARAMS, _curve_oid(key)),
            (PyKCS11.CKA_VALUE, numbers.private_value.to_bytes((key.key_size + 7) // 8, "big")),
        ]
    return [
        *common,
        (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_RSA),
        (PyKCS11.CKA_MODULUS, _big_endian(numbers.public_numbers.n)),
        (PyKCS11.CKA_PUBLIC_EXPONENT, _big_endian(numbers.public_numbers.e)),
        (PyKCS11.CKA_PRIVATE_EXPONENT, _big_endian(numbers.d)),
        (PyKCS11.CKA_PRIME_1, _big_endian(numbers.p)),
        (PyKCS11.CKA_PRIME_2, _big_endian(numbers.q)),
        (PyKCS11.CKA_EXPONENT_1, _big_endian(numbers.dmp1)),
        (PyKCS11.CKA_EXPONENT_2, _big_endian(numbers.dmq1)),
        (PyKCS11.CKA_COEFFICIENT, _big_endian(numbers.iqmp)),
    ]


def _public_template(label: str, key: Any) -> Template:
    import PyKCS11
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    common = [
        *_common(label, PyKCS11.CKO_PUBLIC_KEY, private=False),
        _identifier(label),
        (PyKCS11.CKA_VERIFY, PyKCS11.CK_TRUE),
    ]
    public = key.public_key()
    if not isinstance(key, rsa.RSAPrivateKey):
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return [
            *common,
            (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_EC),
            (PyKCS11.CKA_EC_PARAMS, _curve_oid(key)),
            (PyKCS11.CKA_EC_POINT, _octet_string(point)),
        ]
    return [
        *common,
        (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_RSA),
        (PyKCS11.CKA_MODULUS, _big_endian(public.public_numbers().n)),
        (PyKCS11.CKA_PUBLIC_EXPONENT, _big_endian(public.public_numbers().e)),
    ]


def _data_template(label: str, text: str) -> Template:
    import PyKCS11

    return [
        *_common(label, PyKCS11.CKO_DATA, private=False),
        (PyKCS11.CKA_OBJECT_ID, b"id"),
        (PyKCS11.CKA_VALUE, text.encode("utf-8")),
    ]


_CURVES: Final = {
    "secp256r1": bytes.fromhex("06082a8648ce3d030107"),
    "secp384r1": bytes.fromhex("06052b81040022"),
    "secp521r1": bytes.fromhex("06052b81040023"),
}
"""Object identifiers of the curves, DER (RFC 5480)."""


def _curve_oid(key: Any) -> bytes:
    return _CURVES[key.curve.name]


def _octet_string(content: bytes) -> bytes:
    """Wrap at most 255 bytes as DER, the way PKCS#11 wants a curve's point."""
    length = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return b"\x04" + length + content


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


if __name__ == "__main__":
    main()
