"""RC2 (RFC 2268), the cipher of the certificates in the files of eHealth's own tool.

Good for nothing new: with 40 bits it hides nothing. cryptography has it with 128 bits only.
"""

from __future__ import annotations

from typing import Final

_PI: Final = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_MIXING_ROUNDS: Final = (5, 6, 5)
"""Mixing rounds between which a mashing round stands (RFC 2268 section 3)."""


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks; the effective key length is that of *key*."""
    words = _expand(key)
    plain = bytearray()
    for at in range(0, len(data), 8):
        block = data[at : at + 8]
        plain += _xor(_decrypt_block(words, block), iv)
        iv = block
    return bytes(plain)


def encrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks; the effective key length is that of *key*."""
    words = _expand(key)
    cipher = bytearray()
    for at in range(0, len(data), 8):
        iv = _encrypt_block(words, _xor(data[at : at + 8], iv))
        cipher += iv
    return bytes(cipher)


def _expand(key: bytes) -> list[int]:
    size = len(key)
    table = bytearray(key) + bytearray(128 - size)
    for i in range(size, 128):
        table[i] = _PI[(table[i - 1] + table[i - size]) & 0xFF]
    table[128 - size] = _PI[table[128 - size]]
    for i in range(127 - size, -1, -1):
        table[i] = _PI[table[i + 1] ^ table[i + size]]
    return [table[i] | table[i + 1] << 8 for i in range(0, 128, 2)]


def _encrypt_block(words: list[int], block: bytes) -> bytes:
    a, b, c, d = _split(block)
    j = 0
    for rounds in _MIXING_ROUNDS:
        if j:
            a = a + words[d & 63] & 0xFFFF
            b = b + words[a & 63] & 0xFFFF
            c = c + words[b & 63] & 0xFFFF
            d = d + words[c & 63] & 0xFFFF
        for _ in range(rounds):
            a = a + words[j] + (d & c) + (~d & b) & 0xFFFF
            a = a << 1 & 0xFFFF | a >> 15
            b = b + words[j + 1] + (a & d) + (~a & c) & 0xFFFF
            b = b << 2 & 0xFFFF | b >> 14
            c = c + words[j + 2] + (b & a) + (~b & d) & 0xFFFF
            c = c << 3 & 0xFFFF | c >> 13
            d = d + words[j + 3] + (c & b) + (~c & a) & 0xFFFF
            d = d << 5 & 0xFFFF | d >> 11
            j += 4
    return _join(a, b, c, d)


def _decrypt_block(words: list[int], block: bytes) -> bytes:
    a, b, c, d = _split(block)
    j = 60
    for rounds in _MIXING_ROUNDS:
        for _ in range(rounds):
            d = d >> 5 | d << 11 & 0xFFFF
            d = d - words[j + 3] - (c & b) - (~c & a) & 0xFFFF
            c = c >> 3 | c << 13 & 0xFFFF
            c = c - words[j + 2] - (b & a) - (~b & d) & 0xFFFF
            b = b >> 2 | b << 14 & 0xFFFF
            b = b - words[j + 1] - (a & d) - (~a & c) & 0xFFFF
            a = a >> 1 | a << 15 & 0xFFFF
            a = a - words[j] - (d & c) - (~d & b) & 0xFFFF
            j -= 4
        if j >= 0:
            d = d - words[c & 63] & 0xFFFF
            c = c - words[b & 63] & 0xFFFF
            b = b - words[a & 63] & 0xFFFF
            a = a - words[d & 63] & 0xFFFF
    return _join(a, b, c, d)


def _split(block: bytes) -> tuple[int, int, int, int]:
    value = int.from_bytes(block, "little")
    return value & 0xFFFF, value >> 16 & 0xFFFF, value >> 32 & 0xFFFF, value >> 48


def _join(a: int, b: int, c: int, d: int) -> bytes:
    return (a | b << 16 | c << 32 | d << 48).to_bytes(8, "little")


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(8, "big")
