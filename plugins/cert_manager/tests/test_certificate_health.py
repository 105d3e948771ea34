"""The doctor's look at the kept keystores."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hilum.testing.contracts import HealthCheckContract
from hilum_cert_manager.certificates import Certificates
from hilum_cert_manager.health import KeystoreHealth
from hilum_hookspecs import HealthState
from hilum_hookspecs.words import show


@pytest.fixture
def kept(context, source, keystores, alice, secrets):
    """Alice's keystore, taken into her record; returns where it is kept."""
    source.import_keystore(keystores.complete(), alice.id, secrets["keystore-password"])
    certificates = Certificates(context)
    (version,) = certificates.all_active().values()
    return certificates.path(version)


@pytest.fixture
def look(context):
    """Look along the chain until it fails; returns the answers by the link's name."""

    def looking():
        seen = {}
        for link in KeystoreHealth(context).check().links:
            seen[link.name] = link.look(lambda: False)
            if seen[link.name].state is HealthState.FAILED:
                break
        return seen

    return looking


class TestContract(HealthCheckContract):
    @pytest.fixture
    def check(self, plugin, kept):
        (check,) = plugin.hilum_health_checks()
        return check


def test_without_keystores_there_is_nothing_to_look_at(look):
    assert {answer.state for answer in look().values()} == {HealthState.NOT_APPLICABLE}


def test_a_keystore_as_it_was_imported_is_well(look, kept):
    seen = look()

    assert list(seen) == ["files", "modes", "content", "holders", "dates"]
    assert {answer.state for answer in seen.values()} == {HealthState.OK}


@pytest.mark.attack("D7")
def test_every_folder_above_it_is_ours_alone(kept, context):
    folders = [each for each in kept.parents if each.is_relative_to(context.data_folder)]

    assert [oct(each.stat().st_mode & 0o777) for each in folders] == ["0o700"] * 3


def test_one_that_is_gone_is_named(look, kept, alice):
    kept.unlink()

    answer = look()["files"]

    assert answer.state is HealthState.FAILED
    assert alice.id in show(answer.cause)
    assert "hilum certificate import" in show(answer.remedy)


@pytest.mark.attack("D7")
def test_one_that_others_can_read_is_named_and_can_be_closed(look, kept):
    kept.chmod(0o644)

    answer = look()["modes"]
    answer.fix.apply()

    assert answer.state is HealthState.WARNING
    assert kept.stat().st_mode & 0o777 == 0o600
    assert look()["modes"].state is HealthState.OK


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", "not a keystore"),
        (lambda data: data[:200], "damaged"),
    ],
    ids=["emptied", "cut"],
)
def test_one_that_was_damaged_is_named(change, words, look, kept):
    kept.write_bytes(change(kept.read_bytes()))

    answer = look()["content"]

    assert answer.state is HealthState.FAILED
    assert words in show(answer.cause)


def test_one_that_was_exchanged_for_another_is_named(look, kept, keystores):
    kept.write_bytes(keystores.without_encryption_key().read_bytes())

    answer = look()["content"]

    assert answer.state is HealthState.FAILED
    assert "changed since" in show(answer.cause)


def test_one_of_another_person_is_named(look, kept, context, bob):
    context.providers.records[0] = type(bob)(
        id=context.providers.records[0].id, last_name="Other", niss=bob.niss
    )

    answer = look()["holders"]

    assert answer.state is HealthState.FAILED
    assert "somebody else's" in show(answer.cause)


def test_one_whose_record_is_gone_is_a_warning(look, kept, context):
    context.providers.records.clear()

    assert look()["holders"].state is HealthState.WARNING


def test_one_that_ends_soon_says_renew_and_one_that_ended_cannot_be(look, kept, hilum_clock):
    hilum_clock.advance(days=3 * 365 - 30)
    soon = look()["dates"]
    hilum_clock.advance(days=60)
    ended = look()["dates"]

    assert (soon.state, ended.state) == (HealthState.WARNING, HealthState.FAILED)
    assert "Renew" in show(soon.remedy)
    assert "expired" in show(ended.cause)


@pytest.mark.attack("F4")
def test_a_clock_before_the_certificates_begin_is_suspected(look, kept, hilum_clock):
    hilum_clock.set(hilum_clock.now() - timedelta(days=400))

    answer = look()["dates"]

    assert answer.state is HealthState.FAILED
    assert "date of this computer" in show(answer.remedy)


def test_what_it_says_holds_no_national_number(look, kept):
    assert "85073003328" not in repr(look())
