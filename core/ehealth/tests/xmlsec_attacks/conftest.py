"""The people, their good tokens and the tools of an attacker.

Most attacks show a token that the platform really signed for Bob, dressed up so that a careless
reader takes it for Alice's. Each test file of this folder holds one kind of attack by name, in
``ATTACKS``; a test that asks for ``attack`` runs once for each.
"""

from __future__ import annotations

import hashlib
import runpy
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.assertion import check_assertion
from hilum_ehealth.environments import Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.assertions import PHYSIOTHERAPIST, AssertionForm
from hilum_ehealth.testing.authority import Issued, Pki
from lxml import etree

ALICE, BOB = "85073003328", "79051103172"
BOB_ATTRIBUTES = {name: BOB if value == ALICE else value for name, value in PHYSIOTHERAPIST.items()}

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA, ECDSA = f"{MORE}rsa-sha256", f"{MORE}ecdsa-sha256"
SHA1, SHA256 = f"{DS}sha1", "http://www.w3.org/2001/04/xmlenc#sha256"
GOOD_TRANSFORMS = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{C14N}"/>'

Sign = Callable[[bytes], bytes]


def c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def der(certificate: x509.Certificate) -> str:
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def rsa_signer(key: object, algorithm: hashes.HashAlgorithm | None = None) -> Sign:
    assert isinstance(key, rsa.RSAPrivateKey)
    return lambda data: key.sign(data, padding.PKCS1v15(), algorithm or hashes.SHA256())


def ec_signer(key: object, *, raw: bool = True) -> Sign:
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    def sign(data: bytes) -> bytes:
        signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
        if not raw:
            return signature
        return b"".join(number.to_bytes(48, "big") for number in decode_dss_signature(signature))

    return sign


@dataclass(frozen=True, kw_only=True)
class Forge:
    """A signer by hand in which each part of a signature can be replaced."""

    sign: Sign
    key_info: str
    method: str = RSA
    canonicalization: str = f'<ds:CanonicalizationMethod Algorithm="{C14N}"/>'
    transforms: str = GOOD_TRANSFORMS
    digest_method: str = SHA256
    digest: Callable[[bytes], bytes] = lambda data: hashlib.sha256(data).digest()
    uri: str | None = None
    method_content: str = ""
    info_attributes: str = ""
    reference_attributes: str = ""
    after: str = ""
    """What follows KeyInfo in the signature."""

    def reference(self, root: etree._Element) -> str:
        uri = f"#{root.get('AssertionID')}" if self.uri is None else self.uri
        transforms = f"<ds:Transforms>{self.transforms}</ds:Transforms>" if self.transforms else ""
        value = b64encode(self.digest(c14n(root))).decode()
        return (
            f'<ds:Reference URI="{uri}"{self.reference_attributes}>{transforms}'
            f'<ds:DigestMethod Algorithm="{self.digest_method}"/>'
            f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"
        )

    def signature(self, root: etree._Element, references: str | None = None) -> etree._Element:
        info = (
            f'<ds:SignedInfo xmlns:ds="{DS}"{self.info_attributes}>{self.canonicalization}'
            f'<ds:SignatureMethod Algorithm="{self.method}">{self.method_content}'
            f"</ds:SignatureMethod>"
            f"{self.reference(root) if references is None else references}</ds:SignedInfo>"
        )
        value = b64encode(self.sign(c14n(etree.fromstring(info)))).decode()
        return etree.fromstring(
            f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
            f"<ds:KeyInfo>{self.key_info}</ds:KeyInfo>{self.after}</ds:Signature>"
        )

    def token(self, unsigned: bytes) -> bytes:
        root = etree.fromstring(unsigned)
        root.append(self.signature(root))
        return etree.tostring(root)


def x509_data(*certificates: x509.Certificate) -> str:
    inside = "".join(
        f"<ds:X509Certificate>{der(each)}</ds:X509Certificate>" for each in certificates
    )
    return f"<ds:X509Data>{inside}</ds:X509Data>"


class Scene:
    """The people, their good tokens and the tools of an attacker."""

    rsa_signer = staticmethod(rsa_signer)
    x509_data = staticmethod(x509_data)
    der = staticmethod(der)

    def __init__(self, pki: Pki, ec_pki: Pki, alice: Issued) -> None:
        self.pki, self.ec_pki, self.alice, self.now = pki, ec_pki, alice, pki.now
        self.bob = pki.ehealth_certificate(niss=BOB, name="BOB EXAMPLE")
        self.form = AssertionForm(holder=alice.certificate, issued_at=pki.now)
        self.bob_form = AssertionForm(
            holder=self.bob.certificate, issued_at=pki.now, attributes=BOB_ATTRIBUTES
        )
        self.forge = Forge(
            sign=rsa_signer(pki.iam_signer.private_key),
            key_info=x509_data(pki.iam_signer.certificate),
        )
        self.text = self.form.unsigned().decode()
        self.good = self.forge.token(self.form.unsigned())
        self.bobs = self.forge.token(self.bob_form.unsigned())

    def forged(self, **parts: object) -> bytes:
        """Alice's token, each part of its signature the attacker's own choice."""
        return replace(self.forge, **parts).token(self.form.unsigned())  # type: ignore[arg-type]

    def by(self, signer: Issued) -> bytes:
        """Alice's token, signed by another good or bad certificate."""
        if isinstance(signer.private_key, ec.EllipticCurvePrivateKey):
            forge = replace(self.forge, sign=ec_signer(signer.private_key), method=ECDSA)
        else:
            forge = replace(self.forge, sign=rsa_signer(signer.private_key))
        return replace(forge, key_info=x509_data(signer.certificate)).token(self.form.unsigned())

    def says(self, *changes: tuple[str, str]) -> bytes:
        """A token of the platform's own that says something else."""
        text = self.text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return self.forge.token(text.encode())

    def formed(self, **changes: object) -> bytes:
        return self.forge.token(replace(self.form, **changes).unsigned())  # type: ignore[arg-type]

    def attributes(self, **changes: str | None) -> bytes:
        """A token with other attributes, named by the last words of their names."""
        found = dict(PHYSIOTHERAPIST)
        for suffix, value in changes.items():
            (name,) = [each for each in found if each.endswith(suffix)]
            if value is None:
                del found[name]
            else:
                found[name] = value
        return self.formed(attributes=found)


class EcScene:
    """Everything on P-384: holder and signer."""

    ec_signer = staticmethod(ec_signer)

    def __init__(self, pki: Pki, alice: Issued) -> None:
        self.pki, self.alice = pki, alice
        self.unsigned = AssertionForm(holder=alice.certificate, issued_at=pki.now).unsigned()
        self.forge = Forge(
            sign=ec_signer(pki.iam_signer.private_key),
            key_info=x509_data(pki.iam_signer.certificate),
            method=ECDSA,
        )

    def check(self, data: bytes, environment: Environment, folder: Path) -> object:
        """Check *data* where only the anchors of this authority are known."""
        self.pki.write_trust(folder / "ec")
        return check_assertion(
            data,
            environment=replace(environment, trust_folder=folder / "ec"),
            now=self.pki.now,
            niss=ALICE,
            holder=self.alice.certificate,
        )


Attack = Callable[[Scene], bytes]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``attack`` once for each attack of its file."""
    if "attack" in metafunc.fixturenames:
        attacks = metafunc.module.ATTACKS
        metafunc.parametrize("attack", attacks.values(), ids=list(attacks))


@pytest.fixture(scope="module")
def scene(pki: Pki, ec_pki: Pki, alice: Issued) -> Scene:
    return Scene(pki, ec_pki, alice)


@pytest.fixture
def ec_scene(ec_pki: Pki, ec_alice: Issued) -> EcScene:
    return EcScene(ec_pki, ec_alice)


def checked(data: bytes, scene: Scene, environment: Environment) -> object:
    return check_assertion(
        data,
        environment=environment,
        now=scene.now,
        niss=ALICE,
        holder=scene.alice.certificate,
        inami=("54123426",),
        profession="physiotherapist",
    )


@pytest.fixture
def check(scene: Scene, environment: Environment) -> Callable[[bytes], object]:
    """Check a token as the one that Alice asked for."""
    return lambda data: checked(data, scene, environment)


@pytest.fixture
def check_refused(scene: Scene, check: Callable[[bytes], object]) -> Callable[[Attack], None]:
    """Check that an attacked token is refused, with a code of the token's or the clock's."""

    def refused(attack: Attack) -> None:
        data = attack(scene)
        with pytest.raises(EhealthError) as caught:
            check(data)
        assert caught.value.code.partition(".")[0] in ("assertion", "clock")

    return refused


@pytest.fixture(scope="session")
def attack_count() -> int:
    """How many attacks the files of this folder hold."""
    files = Path(__file__).parent.glob("test_*.py")
    return sum(len(runpy.run_path(str(file)).get("ATTACKS", ())) for file in files)
