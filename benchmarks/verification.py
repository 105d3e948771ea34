"""Verifying a token strictly, beside signxml.

signxml's whole job, at its strictest, is to verify one signature and hand out what was signed. Held
against it is our step with the same outcome, which refuses more on the way. What comes after it,
reading the statements and comparing them with what was asked for, is not signxml's business and is
shown without a budget.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .measuring import Case, in_turn, repeated
from .rows import Row, ratio_row
from .stage import INAMI, NISS, PROFESSION, set_up

if TYPE_CHECKING:
    from cryptography import x509

ROUNDS = 60
AT_ONCE = 10
MOST = 0.5
ASSERTION = "{urn:oasis:names:tc:SAML:1.0:assertion}Assertion"


def rows(folder: Path) -> list[Row]:
    """Measure our steps one on the other: the signature, the statements, every check there is."""
    from cryptography import x509
    from hilum_ehealth.assertion import check_assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.xmlsec.saml import read_statements
    from hilum_ehealth.xmlsec.verify import verified_element

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

    signxml, signxml_path = _signxml(data, signer, anchors)
    times = in_turn(
        {
            name: repeated(case, AT_ONCE)
            for name, case in {
                "verify": lambda: verified_element(
                    data, tag=ASSERTION, id_attribute="AssertionID", check_signer=known_signer
                ),
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
                "signxml": signxml,
                "signxml, path": signxml_path,
            }.items()
        },
        rounds=ROUNDS,
    )
    times = {name: taken.per(AT_ONCE) for name, taken in times.items()}
    return [
        ratio_row(
            "verify a token strictly",
            times["verify"],
            times["signxml"],
            beside="signxml, signer given",
            most=MOST,
        ),
        ratio_row(
            "the same, all statements read",
            times["statements"],
            times["signxml"],
            beside="signxml, signer given",
        ),
        ratio_row(
            "every check of a token",
            times["all"],
            times["signxml"],
            beside="signxml, signer given",
        ),
        ratio_row(
            "every check of a token",
            times["all"],
            times["signxml, path"],
            beside="signxml, path to an anchor",
        ),
    ]


def _signxml(data: bytes, signer: x509.Certificate, anchors: Path) -> tuple[Case, Case]:
    """Verify with signxml as strictly as it can be told to: signer given, and path to an anchor."""
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    config = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    )

    def verify(**trust: Any) -> object:
        return XMLVerifier().verify(data, id_attribute="AssertionID", expect_config=config, **trust)

    return lambda: verify(x509_cert=signer), lambda: verify(ca_pem_file=anchors)
