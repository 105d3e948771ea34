"""What a new keystore password must be like."""

from __future__ import annotations

from typing import Final

from hilum_ehealth.errors import EhealthError

MIN_LENGTH: Final = 8


def check_new_password(password: str) -> None:
    """Refuse a password that would lock its owner out, or that protects nothing.

    Java, and with it most care software, cannot open a keystore whose password has anything but
    printable ASCII. Raises :class:`EhealthError` ``secret.not-ascii`` or ``secret.too-short``
    (minimum).
    """
    if not (password.isascii() and password.isprintable()):
        raise EhealthError("secret.not-ascii")
    if len(password) < MIN_LENGTH:
        raise EhealthError("secret.too-short", minimum=MIN_LENGTH)
