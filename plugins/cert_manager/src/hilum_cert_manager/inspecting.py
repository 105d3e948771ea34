"""Everything that an opened keystore tells, for `hilum certificate inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import Glance, Stage, check_file_mode, glance, open_keystore
from hilum_ehealth.keystore.files import read_bytes

from .content import check_trust, environment_name, read_content
from .exporting import is_old_form
from .model import Content

if TYPE_CHECKING:
    from datetime import datetime

    from hilum_ehealth.environments import Environment
    from hilum_ehealth.keys import PrivateKey
    from hilum_ehealth.keystore import Keystore

_FEW_ITERATIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """A private key in a keystore."""

    alias: str
    kind: str
    """``RSA-2048``, ``EC secp384r1``."""

    protection: str
    iterations: int | None
    not_after: datetime | None
    """End of its certificate; ``None`` while the certificate has not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a keystore holds."""

    path: Path
    file_sha256: str
    stage: str
    old_form: bool
    mac: str | None
    certificate_protection: tuple[str, ...]
    iterations: int
    keys: tuple[KeyFacts, ...]
    content: Content | None = field(repr=False)
    """``None`` when there is no eHealth certificate inside."""

    environment: str | None
    refusal: str | None
    """Code of why the certificate cannot be used in the environment of now."""

    warnings: tuple[str, ...]
    """Codes: ``keystore.old-form``, ``.few-iterations``, ``.open-to-others``,
    ``certificate.no-encryption-key``."""


def inspect(path: Path, password: str, environment: Environment, now: datetime) -> Inspection:
    """Open the keystore at *path* and tell everything; raises what opening raises."""
    data = read_bytes(path)
    keystore = open_keystore(data, password)
    seen = glance(data)
    content = refusal = None
    try:
        content = read_content(keystore)
        check_trust(content, environment, now)
    except EhealthError as error:
        refusal = error.code
    return Inspection(
        path=path,
        file_sha256=sha256(data).hexdigest(),
        stage=keystore.stage.value,
        old_form=is_old_form(seen),
        mac=seen.mac_algorithm,
        certificate_protection=seen.certificate_algorithms,
        iterations=seen.iterations,
        keys=tuple(_keys(keystore, seen)),
        content=content,
        environment=environment_name(content, environment) if content else None,
        refusal=refusal,
        warnings=tuple(_warnings(path, keystore, seen)),
    )


def _keys(keystore: Keystore, seen: Glance) -> Iterator[KeyFacts]:
    protections = {key.alias: key for key in seen.keys}
    ends = {entry.alias: entry.certificate.not_valid_after_utc for entry in keystore.entries}
    keys = {each.alias: each.private_key for each in keystore.entries}
    keys |= {each.alias: each.private_key for each in keystore.pending}
    for alias, key in keys.items():
        outside = protections.get(alias)
        yield KeyFacts(
            alias=alias,
            kind=_kind(key),
            protection=outside.algorithm if outside else "",
            iterations=outside.iterations if outside else None,
            not_after=ends.get(alias),
        )


def _kind(key: PrivateKey) -> str:
    return f"RSA-{key.key_size}" if isinstance(key, RSAPrivateKey) else f"EC {key.curve.name}"


def _warnings(path: Path, keystore: Keystore, seen: Glance) -> Iterator[str]:
    if is_old_form(seen):
        yield "keystore.old-form"
    if any((key.iterations or 0) < _FEW_ITERATIONS for key in seen.keys):
        yield "keystore.few-iterations"
    if keystore.stage is Stage.NO_ENCRYPTION_KEY:
        yield "certificate.no-encryption-key"
    try:
        check_file_mode(path.resolve())
    except EhealthError:
        yield "keystore.open-to-others"
