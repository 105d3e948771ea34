"""What a keystore shows to somebody who does not know its password."""

from __future__ import annotations

from .model import AUTHENTICATION, Glance, Stage, VisibleKey, is_serial
from .structure import EncryptedPart, KeyBag, Pfx, read_pfx


def glance(data: bytes) -> Glance:
    """Look at a keystore from outside; nothing is derived, so this is quick for any file.

    Raises :class:`EhealthError` ``keystore.not-pkcs12``, ``.too-large``, ``.damaged`` and, for
    kinds of content that keystores do not have, ``.unsupported-algorithm``.
    """
    pfx = read_pfx(data)
    keys = tuple(
        VisibleKey(
            alias=bag.alias or "",
            algorithm=bag.protection.name if bag.protection else "none",
            iterations=bag.protection.iterations if bag.protection else None,
        )
        for bag in pfx.bags
        if isinstance(bag, KeyBag)
    )
    encrypted = [part for part in pfx.parts if isinstance(part, EncryptedPart)]
    return Glance(
        keys=keys,
        certificate_algorithms=tuple(part.protection.name for part in encrypted),
        mac_algorithm=pfx.mac.name if pfx.mac else None,
        iterations=_highest_count(pfx, keys, encrypted),
        stage=_stage([key.alias for key in keys]),
    )


def _highest_count(pfx: Pfx, keys: tuple[VisibleKey, ...], encrypted: list[EncryptedPart]) -> int:
    counts = [key.iterations for key in keys]
    counts += [part.protection.iterations for part in encrypted]
    counts.append(pfx.mac.iterations if pfx.mac else None)
    return max(count or 0 for count in counts)


def _stage(aliases: list[str]) -> Stage | None:
    """Tell the stage as far as names can: one key alone may or may not have its certificate."""
    if not aliases:
        return None
    if AUTHENTICATION not in {alias.lower() for alias in aliases}:
        return Stage.NOT_EHEALTH
    return Stage.COMPLETE if any(is_serial(alias) for alias in aliases) else None
