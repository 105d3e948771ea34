"""What an opening needs, as files that any process can read: keystore, card, anchors, answers.

The card is a key on P-384 in memory, as a card's own time is not ours to measure. The platform is
a process of its own on loopback that answers from memory, so its time is a constant for both sides.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NISS = "85073003328"
INAMI = "54123426501"
PROFESSION = "physiotherapist"
PASSWORD = "Correct-Horse-7"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"


@dataclass(frozen=True, slots=True)
class Stage:
    """The files in *folder*, and where the platform answers."""

    folder: Path
    url: str = field(default="")

    @property
    def keystore(self) -> Path:
        """The keystore, in the form of eHealth's own tool."""
        return self.folder / "keystore.p12"

    @property
    def trust(self) -> Path:
        """The anchors by purpose."""
        return self.folder / "trust"

    @property
    def now(self) -> datetime:
        """The moment at which everything takes place."""
        return datetime.fromisoformat((self.folder / "now").read_text())

    @property
    def assertion(self) -> bytes:
        """The token that the platform gives, signed in advance."""
        return (self.folder / "assertion.xml").read_bytes()

    def certificate(self, name: str) -> bytes:
        """DER of ``holder``, ``card`` or ``signer``."""
        return (self.folder / f"{name}.der").read_bytes()

    def card(self) -> tuple[Any, Any]:
        """Return the card's certificate and key."""
        from cryptography.hazmat.primitives.serialization import load_der_private_key
        from cryptography.x509 import load_der_x509_certificate

        key = load_der_private_key((self.folder / "card.key").read_bytes(), None)
        return load_der_x509_certificate(self.certificate("card")), key


def set_up(folder: Path) -> Stage:
    """Make every file of a stage in *folder*."""
    from cryptography.hazmat.primitives import serialization as forms
    from hilum_ehealth.testing.assertions import AssertionForm
    from hilum_ehealth.testing.authority import Pki
    from hilum_ehealth.testing.platform_keystore import (
        make_encryption_certificate,
        platform_keystore,
    )

    now = datetime.now(UTC).replace(microsecond=0)
    pki = Pki.create(now)
    holder = pki.ehealth_certificate(niss=NISS, name="ALICE EXAMPLE")
    card = pki.citizen(niss=NISS, given_names=("Alice",), surname="Example", key_type="ec")
    other = pki.ehealth_certificate(niss=NISS, name="ALICE EXAMPLE").private_key
    sealing = make_encryption_certificate(holder.private_key, holder.certificate, other, 2**127 + 1)
    stage = Stage(folder)
    pki.write_trust(stage.trust)
    stage.keystore.touch(0o600)
    stage.keystore.write_bytes(
        platform_keystore(
            authentication_key=holder.private_key,
            chain=(holder.certificate, *holder.chain),
            encryption=[(other, sealing)],
            password=PASSWORD,
        )
    )
    named = {
        "holder": holder.certificate,
        "card": card.authentication.certificate,
        "signer": pki.iam_signer.certificate,
    }
    for name, certificate in named.items():
        (folder / f"{name}.der").write_bytes(certificate.public_bytes(forms.Encoding.DER))
    (folder / "card.key").write_bytes(
        card.authentication.private_key.private_bytes(
            forms.Encoding.DER, forms.PrivateFormat.PKCS8, forms.NoEncryption()
        )
    )
    (folder / "now").write_text(now.isoformat())
    form = AssertionForm(holder=holder.certificate, issued_at=now)
    (folder / "assertion.xml").write_bytes(form.signed(pki.iam_signer))
    pki.save(folder / "pki")
    return stage


@contextmanager
def platform(stage: Stage) -> Iterator[Stage]:
    """Run the platform for *stage* in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stage", str(stage.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Stage(stage.folder, json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


def main() -> None:
    """Answer every request with a challenge and every challenge's answer with the token."""
    from hilum_ehealth.testing.authority import Pki
    from hilum_ehealth.testing.server import HttpsServer, Reply, Request

    stage = Stage(Path(sys.argv[1]))
    challenge = _envelope(
        "<wst:SignChallenge><wst:Challenge>0123456789abcdef</wst:Challenge></wst:SignChallenge>"
    )
    token = _envelope(
        f"<wst:RequestedSecurityToken>{stage.assertion.decode()}</wst:RequestedSecurityToken>"
    )

    def answer(request: Request) -> Reply:
        answered = request.headers["SOAPAction"].endswith('Challenge"')
        return Reply(body=token if answered else challenge)

    pki = Pki.load(stage.folder / "pki", now=stage.now)
    with HttpsServer(pki.tls_server, answer) as server:
        print(json.dumps(server.url), flush=True)
        sys.stdin.read()


def _envelope(content: str) -> bytes:
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wst="{WST}"><soap:Body>'
        f"<wst:RequestSecurityTokenResponse>{content}</wst:RequestSecurityTokenResponse>"
        "</soap:Body></soap:Envelope>"
    ).encode()


if __name__ == "__main__":
    main()
