"""Taking secrets and persons out of a text before it is kept or shown.

What is known by its form goes: national and INAMI numbers, keys, certificates, tokens, values
that are named a password or a PIN. So does every secret that was answered in this run, whatever
its form.
"""

from __future__ import annotations

import re
from typing import Final

GONE: Final = "[redacted]"

_SHORTEST: Final = 4
"""Characters of the shortest PIN."""

# The patterns are compiled at their first use: most runs have nothing to redact.

_NUMBER: Final = r"(?<!\d)\d(?:[\s.\-/_]{0,3}\d){8}[\s.\-/_]{0,3}(\d{2})(?!\d)"
"""Eleven digits, however they are written: NISS, BIS and INAMI numbers, right or mistyped.

The last two, which are check digits, are kept to tell two of them apart.
"""

_MARKUP: Final = (
    r"(?s)<((?:[\w.-]+:)?(?:Assertion|EncryptedAssertion|Envelope))\b.*?(?:</\1\s*>|\Z)"
)
"""An assertion, or the message around it; one that was cut off goes to the end."""

_PEM: Final = r"(?s)-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)"

_NAMES: Final = (
    r"pass(?:word|wd|phrase)|pwd|pin|puk|secret|token|cookie|authorization|signature"
    r"|mot\s+de\s+passe|wachtwoord|passwort|kennwort"
)
_NAMED: Final = rf"""(?ix)
    ( (?:{_NAMES}) (?:-?code|_code|_value)? s? ["']? \s* (?: [:=]+>? | \bis\b ) \s* )
    (?: (?:basic|bearer) \s+ )?
    (?: "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? | [^\s,;)}}\]>]+ )
"""
"""``password=...``, ``"eid-pin": "..."``, ``PIN is ...``"""

_ELEMENT: Final = rf"(?is)(<[\w.:-]{{0,40}}(?:{_NAMES})[\w.-]{{0,40}}(?:\s[^<>]{{0,400}})?>)[^<]+"

_BLOB: Final = r"[A-Za-z0-9+/_-]{40,}(?:(?:\\r|\\n|\s)+[A-Za-z0-9+/_-]{8,})*=*"
"""What may be a key or a certificate in base64 or hexadecimal, on one line or several."""

_WORD: Final = r"[a-z]{1,24}[0-9]{0,4}|[A-Z][a-z]{0,23}|[A-Z]{1,24}|[0-9]{1,10}"
"""One part of a path or of a name in a program."""


class Redactor:
    """Redacts texts; remembers the secrets of this run by a keyed hash, never themselves."""

    def __init__(self) -> None:
        self._key = b""
        self._hidden: dict[int, set[bytes]] = {}

    def hide(self, secret: str) -> None:
        """Take *secret* out of every text from now on, also where it was quoted or escaped.

        One of less than four characters stays: it would take every text apart.
        """
        for written in _ways_to_write(secret) if len(secret) >= _SHORTEST else ():
            self._hidden.setdefault(len(written), set()).add(self._hash(written))

    def __call__(self, text: str) -> str:
        """Return *text* without what must not be seen."""
        return redact(self._without_hidden(text))

    def _without_hidden(self, text: str) -> str:
        for length, hashes in sorted(self._hidden.items(), reverse=True):
            at = 0
            while at + length <= len(text):
                if self._hash(text[at : at + length]) in hashes:
                    text = f"{text[:at]}{GONE}{text[at + length :]}"
                    at += len(GONE)
                else:
                    at += 1
        return text

    def _hash(self, text: str) -> bytes:
        from hashlib import blake2b

        if not self._key:
            import secrets

            self._key = secrets.token_bytes(32)
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key).digest()


def redact(text: str) -> str:
    """Return *text* without what is known by its form to be a secret or a person's number."""
    text = re.sub(_MARKUP, GONE, text)
    text = re.sub(_PEM, GONE, text)
    text = re.sub(_NAMED, rf"\1{GONE}", text)
    text = re.sub(_ELEMENT, rf"\1{GONE}", text)
    text = re.sub(_NUMBER, r"[number ..\1]", text)
    return re.sub(_BLOB, _without_blob, text)


def _without_blob(found: re.Match[str]) -> str:
    """Keep what is only a long path or name."""
    parts = re.split(r"[/_\-\s]", found[0].strip("/"))
    return found[0] if all(re.fullmatch(_WORD, part) for part in parts) else GONE


def _ways_to_write(secret: str) -> set[str]:
    """Return *secret* as it is, and as Python, XML and an address write it."""
    from urllib.parse import quote

    in_markup = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {secret, repr(secret)[1:-1], in_markup, quote(secret, safe="")}
