"""Where the program runs: a window on another computer, a closed box, a computer of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hilum_hookspecs import HealthAnswer, HealthCheck, Message

from hilum.words import _

from .answers import link, ok, warning

RANK: Final = 800

_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_CONTAINER_FILES: Final = (".dockerenv", "run/.containerenv")


class ComputerHealth:
    """What the environment variables *environ* and a few files below *root* tell."""

    def __init__(self, environ: Mapping[str, str], root: Path = Path("/")) -> None:
        self._environ = environ
        self._root = root

    def check(self) -> HealthCheck:
        """Describe the chain."""
        return HealthCheck(
            name="computer",
            label=_.message("This computer"),
            rank=RANK,
            links=(
                link("place", _.message("Where it runs"), self._look_at_place),
                link("proxy", _.message("Proxy"), self._look_at_proxy),
                link("java", _.message("Java"), _look_at_java),
            ),
        )

    def _look_at_place(self) -> HealthAnswer:
        kind = self._kind()
        data = {"kind": kind, "platform": sys.platform, "python": sys.version.split()[0]}
        if kind in _HAMPERED:
            cause, remedy = _HAMPERED[kind]
            return warning(cause, remedy, **data)
        return ok(_WORKING[kind], **data)

    def _kind(self) -> str:
        """Name the surroundings; the one that hampers most wins."""
        environ = self._environ
        if environ.get("SNAP") and environ.get("SNAP_NAME"):
            return "snap"
        if environ.get("FLATPAK_ID") or (self._root / ".flatpak-info").exists():
            return "flatpak"
        session = environ.get("SESSIONNAME", "").upper()
        if session.startswith(("RDP-", "ICA-")) or environ.get("XRDP_SESSION"):
            return "remote-desktop"
        if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
            return "ssh"
        if environ.get("container") or any(
            (self._root / name).exists() for name in _CONTAINER_FILES
        ):
            return "container"
        return "own"

    def _look_at_proxy(self) -> HealthAnswer:
        named = next((name for name in _PROXIES if self._environ.get(name)), None)
        if named is None:
            return ok(_.message("None is named: connections go straight out."), proxy=None)
        place = _without_password(self._environ[named])
        return ok(
            _.message(
                "The system names one ({variable}: {proxy}). Hilum does not use it: its "
                "connections go straight out.",
                variable=named,
                proxy=place,
            ),
            proxy=place,
            variable=named,
        )


def _look_at_java() -> HealthAnswer:
    return ok(_.message("Not needed."))


def _without_password(url: str) -> str:
    """Return *url* as host and port: what else stands in it may be a secret."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.hostname or '?'}{port}"


_BOXED: Final = _.message(
    "Install Hilum outside the sandbox, with pipx. Sessions with the keystore alone work here."
)
_HAMPERED: Final[Mapping[str, tuple[Message, Message]]] = {
    "snap": (
        _.message("Hilum runs in a Snap sandbox, which keeps card readers out of reach."),
        _BOXED,
    ),
    "flatpak": (
        _.message("Hilum runs in a Flatpak sandbox, which keeps card readers out of reach."),
        _BOXED,
    ),
    "remote-desktop": (
        _.message(
            "This is a remote desktop: the reader on your desk is seen only when it is redirected."
        ),
        _.message(
            "Switch on the redirection of smart cards in the remote desktop's settings, or work "
            "with the keystore alone: hilum session open --provider P --method fallback --reason R."
        ),
    ),
}
_WORKING: Final[Mapping[str, Message]] = {
    "ssh": _.message("A session over SSH: the readers of the distant computer count, not yours."),
    "container": _.message(
        "A container: a reader is seen only when pcscd's socket is passed into it."
    ),
    "own": _.message("At the computer itself: cards, keystores and network work."),
}
