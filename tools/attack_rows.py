"""The rows of docs/reference/attacks.md: what is done, and what must come of it."""

from __future__ import annotations

from typing import Final

ROWS: Final[dict[str, tuple[str, str]]] = {
    "A1": (
        "Signature wrapping: a good signature beside, above or below other words, two assertions, "
        "an identifier twice",
        "refused; the good tokens beside them are accepted",
    ),
    "A2": (
        "Tricks with SignedInfo, DigestValue and SignatureValue; changes after signing",
        "refused",
    ),
    "A3": (
        "Algorithms and keys of the attacker's choice: HMAC with the public certificate, SHA-1, "
        "truncated values, other signers, keys in KeyInfo",
        "refused",
    ),
    "A4": (
        "Transforms (XSLT, XPath, other canonical forms) and references elsewhere",
        "refused, nothing fetched",
    ),
    "A5": (
        "Comments, instructions and CDATA inside a name or a number",
        "refused, never read as the shorter text",
    ),
    "A6": (
        "Documents made to read files or to exhaust: DTDs, entities, depth, size, other encodings",
        "refused in less than 50 ms and 50 MiB, no file and no connection opened",
    ),
    "A7": (
        "Good signature, wrong content: window, life, audience, bearer, other key, person, "
        "provider, request",
        "refused; the end is exclusive, a clock may be 60 s off",
    ),
    "A8": (
        "An old answer or request again",
        "refused the second time; identifiers never repeat and have at least 122 random bits",
    ),
    "A9": ("Vectors of canonical form and signature by others", "all of ours verify, none crash"),
    "A10": ("Vectors for weak primitives", "good ones accepted, bad ones refused"),
    "B1": (
        "Keystores that cost without end: iteration counts in clear, hidden, or many together",
        "refused before anything is derived with such a count",
    ),
    "B2": (
        "Keystores with several keys, in any order, of one name, with certificates of others",
        "the right key by its name, or a refusal that says why",
    ),
    "B3": (
        "Malformed keystores: every truncation, every octet changed, nonsense, other kinds of file",
        "one clear refusal each, no crash, nothing opened",
    ),
    "B4": (
        "Passwords: empty, absent, long, of several scripts, wrong",
        "each file opens with its own and with no other",
    ),
    "B5": (
        "Strength of the keystores that are written",
        "AES-256 and SHA-256, at least 600,000 rounds everywhere, 0600",
    ),
    "C1": (
        "Wrong PINs and blocked cards",
        "one try for each PIN typed, none by ourselves, the tries left are told",
    ),
    "C2": (
        "Looking for PINs and passwords in output, logs, files, database, processes",
        "found nowhere",
    ),
    "C3": ("Readers with a PIN pad", "the PIN is never asked on the screen"),
    "C4": (
        "Card pulled, reader gone, module missing, calls that fail or hang",
        "a clear state and message each, cancel within a second, no process left over",
    ),
    "C5": ("Fork, threads, initialising twice", "no crash"),
    "D1": ("Keystores replaced while others read, or killed", "the old one or the new one, whole"),
    "D2": ("Power cut", "flushed before it takes its place, the folder after"),
    "D3": ("Disk full or failing at every step", "the old file stays, the error names the file"),
    "D4": ("Renewal interrupted at every step", "goes on or goes back, no key lost"),
    "D5": ("Two processes at once", "one works, the others are told"),
    "D6": ("Backup and restore", "every backup opens"),
    "D7": (
        "File modes, links and owners of others",
        "ours are 0600 in 0700; others' are refused or repaired on request",
    ),
    "E1": (
        "Guessing passwords of local users",
        "argon2id, delay and lock-out that survive a restart, one policy",
    ),
    "E2": ("Telling known users from unknown ones by time", "the same work for both"),
    "E3": ("Password hashes with old parameters", "made anew at the next log-in, once"),
    "F1": (
        "TLS: wrong host, expired, self-signed, other authority, old protocol",
        "refused before anything is sent",
    ),
    "F2": (
        "Servers that are slow, silent, cut off, endless, redirect, or answer with something else",
        "bounded in time and size, told apart",
    ),
    "F3": (
        "Everybody returns after an outage",
        "1,200 sessions make at most 15 calls in any second",
    ),
    "F4": (
        "Clocks: wrong by hours, changed, asleep",
        "told as such; the next check is within a period",
    ),
    "G1": ("Checks lost, doubled or drifting", "exactly one a period"),
    "G2": (
        "A lamp that is green for a dead session",
        "out at the next look for a cause here; never green on words that are too old",
    ),
    "G3": ("What remains after log-out", "no token and no key"),
    "H1": (
        "Database locked, damaged, full, older, or lost in mid-transaction",
        "whole afterwards, nothing half written, migrations can be run again",
    ),
    "H2": (
        "Numbers of people and providers: published vectors, every slip of the pen",
        "no slip is missed but those that the check digits cannot show",
    ),
    "H3": ("SQL, CSV and formulas in imports", "none runs, cells are quoted when exported"),
    "I1": (
        "Plugins that raise, hang, print, exit, shadow a name, want another contract",
        "the program lives, the plugin is named, the others work",
    ),
    "I2": ("A foreign plugin is installed", "off until the settings name it, no secret reaches it"),
    "J1": ("Dependencies exchanged", "all are pinned by hash"),
    "J2": ("Certificate chains made to be misjudged", "each judged as listed"),
}

LATER: Final = frozenset({"A9", "A10", "D1", "D2", "D3", "D4", "D5", "D6", "G1", "J1", "J2"})
"""Rows that need no test yet."""

REQUIRED: Final = tuple(row for row in ROWS if row not in LATER)
