"""Verifying a token strictly, beside signxml, which verifies the signature and nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .measuring import in_turn, repeated
from .rows import Row, ratio_row
from .stage import INAMI, NISS, PROFESSION, set_up

ROUNDS = 60
AT_ONCE = 10
MOST = 0.5


def rows(folder: Path) -> list[Row]:
    """Measure our two steps: the signature with all statements, and every check there is."""
    from cryptography import x509
    from hilum_ehealth.assertion import check_assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.xmlsec.saml import read_statements

    stage = set_up(folder)
    data, now = stage.assertion, stage.now
    signer = x509.load_der_x509_certificate(stage.certificate("signer"))
    holder = x509.load_der_x509_certificate(stage.certificate("holder"))
    environment = Environment(name="bench", endpoints={}, trust_folder=stage.trust)
    anchors = folder / "anchors.pem"
    anchors.write_bytes(b"".join(p.read_bytes() for p in (stage.trust / "ehealth").iterdir()))

    def known_signer(leaf: x509.Certificate, _others: object) -> None:
        if leaf != signer:
            raise ValueError("signer")

    times = in_turn(
        {
            name: repeated(case, AT_ONCE)
            for name, case in {
                "statements": lambda: read_statements(data, known_signer),
                "all": lambda: check_assertion(
                    data,
                    environment=environment,
                    now=now,
                    niss=NISS,
                    holder=holder,
                    inami=(INAMI,),
                    profession=PROFESSION,
                ),
                "signxml": lambda: _signxml(data, x509_cert=signer),
                "signxml, chain": lambda: _signxml(data, ca_pem_file=anchors),
            }.items()
        },
        rounds=ROUNDS,
    )
    return [
        ratio_row(
            f"verify a token and read it (x{AT_ONCE})",
            times["statements"],
            times["signxml"],
            beside="signxml, signer given",
            most=MOST,
        ),
        ratio_row(
            f"every check of a token (x{AT_ONCE})",
            times["all"],
            times["signxml"],
            beside="signxml, signer given",
        ),
        ratio_row(
            f"every check of a token (x{AT_ONCE})",
            times["all"],
            times["signxml, chain"],
            beside="signxml, path to an anchor",
            most=MOST,
        ),
    ]


def _signxml(data: bytes, **trust: Any) -> object:
    """Verify with signxml as strictly as it can be told to."""
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    config = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    )
    return XMLVerifier().verify(data, id_attribute="AssertionID", expect_config=config, **trust)
