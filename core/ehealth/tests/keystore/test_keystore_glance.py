"""What can be seen of a keystore without its password."""

from __future__ import annotations

from datetime import datetime

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import Stage, glance
from hilum_ehealth.testing.authority import Issued
from hilum_ehealth.testing.platform_keystore import incomplete_keystore, platform_keystore

SERIAL = "242281424107264905187312482905731004417"


def test_names_counts_and_algorithms_of_a_recent_keystore_are_visible(recent: bytes) -> None:
    seen = glance(recent)

    assert seen.aliases == ("authentication", SERIAL)
    assert [(key.algorithm, key.iterations) for key in seen.keys] == [("pbe-sha1-3des", 50_000)] * 2
    assert seen.certificate_algorithms == ("pbe-sha1-rc2-40",)
    assert (seen.mac_algorithm, seen.iterations) == ("sha1", 100_000)
    assert seen.stage is Stage.COMPLETE


def test_an_older_keystore_shows_the_same_in_ber(old: bytes) -> None:
    seen = glance(old)

    assert old[1] == 0x80
    assert (seen.aliases, seen.iterations) == (("authentication", SERIAL), 1024)


def test_one_key_alone_does_not_tell_whether_its_certificate_has_come(
    ec_alice: Issued, now: datetime, password: str
) -> None:
    waiting = incomplete_keystore(
        authentication_key=ec_alice.private_key, now=now, password=password, old=True
    )
    installed = platform_keystore(
        authentication_key=ec_alice.private_key,
        chain=(ec_alice.certificate,),
        password=password,
        old=True,
    )

    assert (glance(waiting).stage, glance(installed).stage) == (None, None)


def test_other_names_are_those_of_another_program(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "mykey")))

    assert glance(data).stage is Stage.NOT_EHEALTH


def test_keys_that_are_hidden_tell_nothing(ec_alice: Issued, forge) -> None:
    data = forge.file(forge.encrypted(forge.key(ec_alice.private_key, "authentication")))

    assert (glance(data).keys, glance(data).stage) == ((), None)


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(EhealthError, match=r"keystore\.not-pkcs12"):
        glance(b"nothing of the kind")
