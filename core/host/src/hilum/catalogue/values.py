"""Details of an error as a person reads them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from hilum_hookspecs import Message
from hilum_hookspecs.words import show

from hilum.words import _

_PARTS: Final = {
    "card": _.message("the card"),
    "keystore": _.message("the keystore"),
    "record": _.message("the provider's record"),
}

WORDS: Final = {
    "expected": {
        "text": _.message("a text"),
        "path": _.message("a path, as a text"),
        "number": _.message("a number"),
        "true-or-false": _.message("true or false"),
        "list-of-texts": _.message("a list of texts"),
        "https-url": _.message("an address that starts with https://, without password"),
        "e-mail-address": _.message("an e-mail address"),
        "name": _.message("small letters, digits, - and _"),
    },
    "kind": {
        "niss": _.message("NISS"),
        "inami": _.message("INAMI number"),
        "cbe": _.message("enterprise number"),
    },
    "first": _PARTS,
    "second": _PARTS,
    "found": {
        "empty": _.message("nothing"),
        "java-keystore": _.message("a keystore of Java"),
        "pem": _.message("a certificate or key in text form"),
        "other": _.message("something else"),
    },
    "cause": {
        "proxy": _.message("the proxy refused"),
        "refused": _.message("the connection was refused"),
        "cut": _.message("the connection was cut"),
        "no-route": _.message("no way there"),
    },
    "problem": {
        "Permission denied": _.message("the rights do not allow it"),
        "Operation not permitted": _.message("the system does not allow it"),
        "Read-only file system": _.message("the disk may only be read"),
        "No such file or directory": _.message("it does not exist"),
        "Not a directory": _.message("it is not in a folder"),
        "Is a directory": _.message("it is a folder"),
        "File exists": _.message("it exists already"),
        "File name too long": _.message("the name is too long"),
        "Too many levels of symbolic links": _.message("its links lead in a circle"),
        "Input/output error": _.message("the disk reports an error"),
        "expired": _.message("expired"),
        "not-yet-valid": _.message("not valid yet"),
        "untrusted": _.message("not trusted"),
        "wrong-host": _.message("for another address"),
        "not-the-platform": _.message("not the platform's certificate"),
        "other-environment": _.message("of another environment"),
        "C_GetFunctionList not found": _.message("it is no PKCS#11 module"),
        "not-tls": _.message("the server does not speak TLS"),
        "protocol": _.message("the server speaks an old version of TLS"),
        "handshake": _.message("the encryption could not be agreed"),
    },
    "reason": {
        "certificate-mismatch": _.message("its certificate does not fit it"),
        "no-certificate": _.message("it has no certificate"),
    },
}
"""By detail: words that stand there for a program, as a person reads them."""


_BYTES: Final = ("size", "limit")
"""Details that count bytes."""


class Filled(dict[str, object]):
    """Details for ``str.format_map``: readable values, and something for one that is missing."""

    def __getitem__(self, key: str) -> str:
        """Return the detail *key* as a person reads it."""
        value = self.message(key)
        return show(value) if isinstance(value, Message) else value

    def message(self, key: str) -> str | Message:
        """Return the detail *key* as a person reads it, a word of ours not translated yet."""
        if key not in self:
            return "?"
        value = super().__getitem__(key)
        if key in _BYTES and isinstance(value, int):
            return _size(value)
        return WORDS.get(key, {}).get(str(value)) or readable(value)


def readable(value: object) -> str:
    """Return *value* for a person: instants in Belgian time and form, lists with commas."""
    if isinstance(value, Message):
        return show(value)
    if isinstance(value, str):
        return _instant(value) or value
    if isinstance(value, datetime):
        return _belgian(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(readable(each) for each in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "?" if value is None else str(value)


def _size(count: int) -> str:
    if count < 10_000:
        return _("{n} bytes", n=count)
    if count < 1024 * 1024:
        return _("{n} KB", n=round(count / 1024))
    return _("{n} MB", n=round(count / 1024 / 1024))


def _instant(text: str) -> str | None:
    """Read an instant that was written in ISO 8601 to be JSON-able."""
    if len(text) < 10 or text[4:5] != "-" or text[7:8] != "-":
        return None
    try:
        if len(text) == 10:
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _belgian(instant) if instant.tzinfo else None


def _belgian(instant: datetime) -> str:
    from zoneinfo import ZoneInfo

    try:
        local = instant.astimezone(ZoneInfo("Europe/Brussels"))
    except OverflowError:  # the end of all time, which certificates without end are given
        local = instant
    return f"{local:%d/%m/%Y %H:%M}"
