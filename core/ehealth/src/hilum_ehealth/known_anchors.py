"""The certificate authorities of eHealth's own environments, by fingerprint.

Taken from the trust stores of the platform's current connector. Fingerprints are shipped, the
certificates are not: a user imports them, and only these count in a built-in environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Purpose = Literal["tls", "ehealth", "eid"]
PURPOSES: Final[tuple[Purpose, ...]] = ("tls", "ehealth", "eid")

_PRODUCTION: Final = ("production",)
_TEST: Final = ("acceptance", "integration")
_ALL: Final = (*_PRODUCTION, *_TEST)
_ZETES: Final = "ZetesConfidens Private Trust PKI"
_TEST_ZETES: Final = "TEST-ZetesConfidens-eHealth acceptance"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnchor:
    """A certificate authority that eHealth or the eID uses."""

    sha256: str
    """Fingerprint of the certificate, lower-case hexadecimal."""

    subject: str
    """Its common name."""

    environments: tuple[str, ...]
    """The built-in environments that may trust it."""

    purpose: Purpose

    holders: tuple[str, ...] = ()
    """The environments whose providers get their certificates from it; a root issues none."""


def _ehealth(
    sha256: str,
    subject: str,
    environments: tuple[str, ...],
    holders: tuple[str, ...] = (),
) -> KnownAnchor:
    return KnownAnchor(
        sha256=sha256,
        subject=subject,
        environments=environments,
        purpose="ehealth",
        holders=holders,
    )


def _eid(sha256: str, number: int) -> KnownAnchor:
    return KnownAnchor(
        sha256=sha256, subject=f"Belgium Root CA{number}", environments=_ALL, purpose="eid"
    )


KNOWN_ANCHORS: Final[tuple[KnownAnchor, ...]] = (
    # The signer of acceptance tokens (IAMACC) holds a certificate of the production CA 001, so the
    # test environments trust that CA too; its providers' certificates remain production ones.
    _ehealth(
        "d31c02424a0d23877433a2450cde61a1c27dc00687103404377c4d2a471f144f",
        f"{_ZETES} - root CA 001",
        _ALL,
    ),
    _ehealth(
        "58782dd37c997f21af20e952de8715c63bcd9d2cd3eb8ac51668705ffa3b1cd2",
        f"{_ZETES} - eHealth issuing CA 001",
        _ALL,
        _PRODUCTION,
    ),
    _ehealth(
        "e65a851265bd2447344b0b895aeb9b0c0b5e27b21f04011a0e53e249e3126ec7",
        f"{_ZETES} - root CA 002",
        _PRODUCTION,
    ),
    _ehealth(
        "146f90e3d38f86ad91afdd35bebf5a9ef8ad26cf9c0c4b5b331a38a6b47276e6",
        f"{_ZETES} - eHealth issuing CA 002",
        _PRODUCTION,
        _PRODUCTION,
    ),
    # No CA of integration's own is published: it is taken to share acceptance's test certificates.
    _ehealth(
        "76767099f2655aaabd15860598e01847d01c11f349777e78a6ebc15c52f2f19b",
        f"UAT {_ZETES} - root CA 002",
        _TEST,
    ),
    _ehealth(
        "6da89a0988939446c1a3bc72caf286c2a09cf0f1d6bd2ddbf0278c2c66737127",
        f"UAT {_ZETES} - eHealth issuing CA 002",
        _TEST,
        _TEST,
    ),
    _ehealth(
        "7af2e22e603cd7a142038dcca750bbc24d4b3c9975293d7b66264c2145e4f6bf",
        f"UAT {_ZETES} - eHealth issuing CA 003",
        _TEST,
        _TEST,
    ),
    # Two different certificates of this root are in circulation.
    _ehealth(
        "0c2212bd5a8ab527065d8c3763ce58da09942b56293624c66ad58db749f7d5ef",
        f"{_TEST_ZETES} test-root CA 001",
        _TEST,
    ),
    _ehealth(
        "dbfed4a9c4390f317b37c86623dc32fe094088a149a2b23da96ae4ca4b922d41",
        f"{_TEST_ZETES} test-root CA 001",
        _TEST,
    ),
    _ehealth(
        "51715c596439e1345e243a2b76c955e1ce7707e23175da4eaaa8b76e0ad49561",
        f"{_TEST_ZETES} test-issuing CA 001",
        _TEST,
        _TEST,
    ),
    _eid("9c872bc979a7c09a58d4a274c199e5cb16cfa9b9618d98bc9a9988e984b8495c", 6),
    _eid("c3fbf37259af0954eeea4282dd1c7226a54e7150f7c29a2c495ba34dbfe09ca0", 4),
    _eid("a8d14e945e3e5156bcae5e39737cf6a1b1f51028bbbf982f50ce5f4c05568b4d", 3),
)


def known_anchor(sha256: str) -> KnownAnchor | None:
    """Find the known authority with this fingerprint."""
    return next((anchor for anchor in KNOWN_ANCHORS if anchor.sha256 == sha256), None)


def known_for(environment: str, purpose: Purpose) -> tuple[KnownAnchor, ...]:
    """List the known authorities that the built-in *environment* may trust for *purpose*."""
    return tuple(
        anchor
        for anchor in KNOWN_ANCHORS
        if anchor.purpose == purpose and environment in anchor.environments
    )
