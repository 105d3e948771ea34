"""Where the eID software puts its PKCS#11 module."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from hilum_ehealth.errors import EhealthError

_LINUX = (
    "/usr/lib/x86_64-linux-gnu/libbeidpkcs11.so.0",
    "/usr/lib/aarch64-linux-gnu/libbeidpkcs11.so.0",
    "/usr/lib64/libbeidpkcs11.so.0",
    "/usr/lib/libbeidpkcs11.so.0",
    "/usr/local/lib/libbeidpkcs11.so.0",
)
_MACOS = (
    "/Library/Belgium Identity Card/Pkcs11/beid-pkcs11.bundle/Contents/MacOS/libbeidpkcs11.dylib",
    "/usr/local/lib/libbeidpkcs11.dylib",
)


def known_modules(
    platform: str = sys.platform, environment: Mapping[str, str] = os.environ
) -> tuple[Path, ...]:
    """List the places of the official eID software on this system, best first."""
    if platform == "win32":
        # beid_ff_pkcs11.dll beside it is made for Firefox and shows a slot that is not there.
        root = environment.get("SYSTEMROOT") or environment.get("SystemRoot", r"C:\Windows")
        return (Path(root) / "System32" / "beidpkcs11.dll",)
    return tuple(map(Path, _MACOS if platform == "darwin" else _LINUX))


def find_module(named: Path | None, known: tuple[Path, ...] | None = None) -> Path:
    """Answer the module to load: the one named, else the first known one that is there.

    Raises ``card.middleware-not-found`` with ``searched``, the paths looked at, and ``named``.
    """
    searched = (named,) if named else known_modules() if known is None else known
    for path in searched:
        if path.is_file():
            return path.absolute()
    raise EhealthError(
        "card.middleware-not-found",
        searched=[str(path) for path in searched],
        named=str(named) if named else None,
    )
