"""RC2 against the vectors of RFC 2268 and answers of OpenSSL."""

from __future__ import annotations

import pytest
from hilum_ehealth.keystore.rc2 import decrypt_cbc, encrypt_cbc

VECTORS = [
    ("ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"),
    ("3000000000000000", "1000000000000001", "30649edf9be7d2c2"),
    ("88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"),
    ("0102030405", "ffffffffffffffff", "f632d1488125718a"),
    ("0102030405", "0123456789abcdef", "e622c9196dd94677"),
]


@pytest.mark.parametrize(("key", "plain", "cipher"), VECTORS)
def test_a_published_block_is_encrypted_and_decrypted(key: str, plain: str, cipher: str) -> None:
    iv = bytes(8)

    assert encrypt_cbc(bytes.fromhex(key), iv, bytes.fromhex(plain)).hex() == cipher
    assert decrypt_cbc(bytes.fromhex(key), iv, bytes.fromhex(cipher)).hex() == plain


def test_blocks_are_chained() -> None:
    key, iv, plain = b"five!", b"\1\2\3\4\5\6\7\x08", bytes(range(64))

    cipher = encrypt_cbc(key, iv, plain)

    assert decrypt_cbc(key, iv, cipher) == plain
    assert len({cipher[at : at + 8] for at in range(0, 64, 8)}) == 8
