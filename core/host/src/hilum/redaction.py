"""Taking secrets and persons out of a text before it is kept or shown.

What is known by its form goes: national and INAMI numbers, keys, certificates, tokens, values
that are named a password or a PIN. So does every secret that was answered in this run, whatever
its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

GONE: Final = "[redacted]"

_SHORTEST: Final = 4
"""Characters of the shortest PIN."""

# The patterns are compiled at their first use: most runs have nothing to redact.

_BETWEEN: Final = r"(?:,|(?:\\u[0-9a-fA-F]{4}|[^\w:,]|_){0,3})"
"""Between digits of one number. Colons are those of times, commas with spaces those of lists."""

_NUMBER: Final = rf"(?<!\d)\d(?:{_BETWEEN}\d){{8}}{_BETWEEN}(\d{{2}})(?!\d)"
"""Eleven digits, however they are written: NISS, BIS and INAMI numbers, right or mistyped.

The last two, which are check digits, are kept to tell two of them apart.
"""

_MARKUP: Final = (
    r"(?s)<((?:[\w.-]+:)?(?:Assertion|EncryptedAssertion|Envelope))\b.*?(?:</\1\s*>|\Z)"
)
"""An assertion, or the message around it; one that was cut off goes to the end."""

_PEM: Final = r"(?s)-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)"

_PASSWORDS: Final = (
    r"pass(?:word|wd|phrase)|pwd|pin|puk|mot\s+de\s+passe|wachtwoord|passwort|kennwort"
)
_NAMES: Final = rf"{_PASSWORDS}|secret|token|cookie|authorization|signature"

_VERBS: Final = r"is|are|was|were|est|sont|était|etait|zijn|waren|ist|sind|war"
_ORDINARY: Final = (
    r"an?|at|in|the|as|not?|never|now|only|still|too|already|wrong|right|(?:in)?correct|(?:in)?valid"
    r"|missing|needed|required|empty|blocked|locked|expired|refused|rejected|accepted|asked|given"
    r"|typed|entered|sent|kept|set|shown|hidden|stored|changed|read|used|(?:un)?known|found|made"
    r"|issued|renewed|checked|verified|created|removed|received|lost"
    r"|le|la|pas|plus|trop|faux|fausse|vide|requis|manquante?|refusée?|bloquée?|expirée?|demandée?"
    r"|de|het|een|niet|geen|te|al|fout|juist|verkeerd|leeg|nodig|vereist|verlopen|geweigerd"
    r"|geblokkeerd|gevraagd|nicht|kein|zu|falsch|richtig|leer|gesperrt|abgelaufen|abgelehnt|nötig"
)
"""What is said of a password and is none."""

_NAMED: Final = rf"""(?ix)
    (
        (?:{_NAMES}) (?:[\s_-]?code|_value)? s? ["']? \s*
        (?: [:=]+>? | \b(?:{_VERBS})\b (?!\s+(?:{_ORDINARY})\b) ) \s*
    )
    (?: (?:basic|bearer) \s+ )?
    (?:
        "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'?
        | [\[({{] (?: "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? | [^"'\])}}] )* [\])}}]?
        | [^\s,;)}}\]>]+
    )
"""
"""``password=...``, ``"eid-pin": "..."``, ``PIN is ...``, ``"passwords": ["...", "..."]``"""

_SAID: Final = rf"(?i)(\b(?:{_PASSWORDS})(?:[\s_-]?code)?s?\s+)\d{{4,12}}(?!\w|[-:/.,]\d)"
"""``PIN 1234``"""

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
    text = re.sub(_SAID, rf"\1{GONE}", text)
    text = re.sub(_ELEMENT, rf"\1{GONE}", text)
    text = re.sub(_NUMBER, r"[number ..\1]", text)
    return re.sub(_BLOB, _without_blob, text)


def _without_blob(found: re.Match[str]) -> str:
    """Keep what is only a long path or name."""
    parts = re.split(r"[/_\-\s]", found[0].strip("/"))
    return found[0] if all(re.fullmatch(_WORD, part) for part in parts) else GONE


def _ways_to_write(secret: str) -> set[str]:
    """Return *secret* as it is, and as Python, JSON, XML, HTML and an address write it.

    Each with letters that are one character with their accent, or two.
    """
    from unicodedata import normalize

    forms = {secret, normalize("NFC", secret), normalize("NFD", secret)}
    return {written for form in forms for written in _written(form)}


def _written(secret: str) -> Iterator[str]:
    import json
    from html import escape
    from urllib.parse import quote, quote_plus

    yield secret
    for in_python in (repr(secret), ascii(secret)):
        yield in_python[1:-1]
    for ensure_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=ensure_ascii)[1:-1]
    in_text, in_html = escape(secret, quote=False), escape(secret)
    in_attribute = in_text.replace('"', "&quot;")
    for in_markup in (in_text, in_attribute, in_attribute.replace("'", "&apos;"), in_html):
        yield in_markup
        yield in_markup.encode("ascii", "xmlcharrefreplace").decode()
    for safe in ("", "/"):
        yield quote(secret, safe=safe, errors="replace")
    yield quote_plus(secret, errors="replace")
