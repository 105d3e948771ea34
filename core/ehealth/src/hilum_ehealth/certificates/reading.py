"""Reading certificates that come from outside, so that what is wrong with one shows at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509


@lru_cache(maxsize=16)
def read_certificate(der: bytes) -> x509.Certificate:
    """Parse *der*; raises ``ValueError`` for one whose version, names or dates make no sense.

    The library reads names and dates only when they are asked for, which would be too late: a
    year 0 parses, and is then no date. The few that come again and again, the platform's signer
    first, are parsed once: the same bytes are the same certificate.
    """
    from cryptography import x509

    try:
        return checked(x509.load_der_x509_certificate(der))
    except x509.InvalidVersion as error:
        raise ValueError(error.parsed_version) from error


def checked(certificate: x509.Certificate) -> x509.Certificate:
    """Return *certificate* when its names and dates can be read; raises ``ValueError``."""
    _ = certificate.subject, certificate.issuer
    _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return certificate
