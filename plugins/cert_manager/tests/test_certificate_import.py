from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from hilum_cert_manager.certificates import Certificates
from hilum_ehealth.testing.authority import Pki
from hilum_hookspecs import Purpose


@pytest.fixture
def kept(context):
    return Certificates(context)


@pytest.fixture
def take(kept, alice, secrets):
    def take(path, record=alice, password=secrets["keystore-password"], **more):
        return kept.take(path, record, password, **more)

    return take


@pytest.fixture
def refusal(take):
    def refusal(path, **more):
        with pytest.raises(Exception, match=r"\w+\.\w+") as refused:
            take(path, **more)
        return refused.value.code

    return refusal


def active(kept, record):
    return kept.active(record.id, "test")


def test_a_good_keystore_becomes_the_active_one(take, kept, keystores, alice):
    path = keystores.complete()

    imported = take(path)

    found = active(kept, alice)
    assert found.keystore.read_bytes() == path.read_bytes()
    assert found.stage == "complete"
    assert found.not_after == imported.content.not_after
    assert len(found.chain) == 1


@pytest.mark.attack("D7")
def test_what_is_kept_is_private(take, kept, keystores, alice):
    umask = os.umask(0)
    try:
        take(keystores.complete())
    finally:
        os.umask(umask)

    keystore = active(kept, alice).keystore
    assert keystore.stat().st_mode & 0o777 == 0o600
    assert keystore.parent.stat().st_mode & 0o777 == 0o700
    assert keystore.parent.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_keystore_twice_changes_nothing(take, kept, keystores, alice):
    path = keystores.complete()
    take(path)

    again = take(path)

    assert not again.is_new
    assert len(kept.history(alice.id)[0]) == 1


def test_a_newer_keystore_takes_over_and_the_older_stays(take, kept, keystores, alice, a_year):
    take(keystores.complete(not_after=keystores.pki.now + a_year))
    first = active(kept, alice).keystore

    take(keystores.complete("new.p12"))

    assert active(kept, alice).keystore.name == "2.p12"
    assert first.is_file()


def test_a_dry_run_keeps_nothing(take, kept, keystores, alice, context):
    imported = take(keystores.complete(), dry_run=True)

    assert imported.is_new
    assert active(kept, alice) is None
    assert not (context.data_folder / "keystores").exists()
    assert context.audit.entries == []


def test_the_import_is_audited_without_the_national_number(take, keystores, context, alice):
    take(keystores.complete())

    ((_at, action, provider, data),) = context.audit.entries
    assert (action, provider) == ("certificate.imported", alice.id)
    assert alice.niss not in repr(data)


def test_the_keystore_of_another_person_is_refused(refusal, keystores, bob, context, kept, alice):
    assert refusal(keystores.complete(niss=bob.niss)) == "record.wrong-person"
    assert active(kept, alice) is None
    assert [entry[1] for entry in context.audit.entries] == ["certificate.refused"]


def test_a_record_without_niss_is_told_so(refusal, keystores, alice):
    assert refusal(keystores.complete(), record=replace(alice, niss="")) == "record.niss-missing"


def test_a_request_that_is_not_completed_is_refused(refusal, keystores):
    assert refusal(keystores.incomplete()) == "keystore.incomplete"


def test_a_keystore_of_something_else_is_refused(refusal, keystores):
    assert refusal(keystores.complete(alias="mykey")) == "keystore.not-ehealth"


def test_an_expired_certificate_is_refused(refusal, keystores, a_year):
    now = keystores.pki.now
    path = keystores.complete(not_before=now - a_year, not_after=now - timedelta(days=1))

    assert refusal(path) == "certificate.expired"


def test_a_certificate_of_the_future_is_refused(refusal, keystores, a_year):
    now = keystores.pki.now
    path = keystores.complete(not_before=now + timedelta(days=1), not_after=now + a_year)

    assert refusal(path) == "certificate.not-yet-valid"


def test_a_certificate_of_a_stranger_is_refused(refusal, keystores):
    keystores.pki = Pki.create(keystores.pki.now, key="ec")

    assert refusal(keystores.complete()) == "certificate.untrusted"


def test_a_certificate_of_another_environment_is_named_so(
    keystores, hilum_context, context, alice, secrets, tmp_path
):
    from hilum_ehealth.environments import built_in
    from hilum_ehealth.testing.issuing import Authority, ca_name

    now = keystores.pki.now
    name = ca_name("TEST-ZetesConfidens-eHealth acceptance test-issuing CA 001", "001")
    keystores.pki = replace(
        keystores.pki,
        ehealth_ca=Authority.root(ca_name("R", "1"), now, "ec").subordinate(name, now, "ec"),
    )
    path = keystores.complete()
    production = replace(context, environment=built_in("production", tmp_path / "trust"))

    with pytest.raises(Exception, match="environment") as refused:
        Certificates(production).take(path, alice, secrets["keystore-password"])

    assert refused.value.code == "certificate.wrong-environment"
    assert refused.value.details == {"found": "acceptance", "expected": "production"}


def test_without_any_anchor_the_missing_anchors_are_the_reason(
    keystores, context, alice, secrets, tmp_path
):
    empty = replace(context.environment, trust_folder=tmp_path / "nothing")

    with pytest.raises(Exception, match="anchors") as refused:
        Certificates(replace(context, environment=empty)).take(
            keystores.complete(), alice, secrets["keystore-password"]
        )

    assert refused.value.code == "trust.no-anchors"


def test_a_wrong_password_and_a_damaged_file_are_told_apart(refusal, keystores):
    path = keystores.complete()
    data = path.read_bytes()

    assert refusal(path, password="wrong password") == "keystore.password-rejected"
    assert refusal(keystores.write("cut.p12", data[:-40])) == "keystore.damaged"
    assert refusal(keystores.write("text.p12", b"hello")) == "keystore.not-pkcs12"


def test_a_keystore_without_encryption_key_is_taken_with_a_warning(take, keystores):
    imported = take(keystores.without_encryption_key())

    assert [warning.code for warning in imported.warnings] == ["certificate.no-encryption-key"]


def test_an_older_certificate_is_taken_with_a_warning(take, keystores, a_year):
    take(keystores.complete())

    imported = take(keystores.complete("old.p12", not_after=keystores.pki.now + a_year))

    assert [warning.code for warning in imported.warnings] == ["certificate.older-than-active"]


def test_an_end_that_is_near_is_told(take, keystores):
    imported = take(keystores.complete(not_after=keystores.pki.now + timedelta(days=30)))

    assert [warning.code for warning in imported.warnings] == ["certificate.expires-soon"]


def test_a_number_is_never_used_twice(take, kept, keystores, alice, context):
    folder = context.data_folder / "keystores" / alice.id
    folder.mkdir(parents=True)
    (folder / "7.p12").write_bytes(b"left behind by a crash")

    take(keystores.complete())

    assert active(kept, alice).keystore.name == "8.p12"
    assert (folder / "7.p12").read_bytes() == b"left behind by a crash"


def test_an_identifier_from_elsewhere_cannot_leave_the_folder(kept, take, keystores, alice):
    stranger = replace(alice, id="../../etc")

    take(keystores.complete(), record=stranger)

    keystore = active(kept, stranger).keystore
    assert keystore.parent.parent.name == "keystores"


def codes(validator, record):
    return [finding.code for finding in validator.check([record], Purpose.EHEALTH_LOGIN)]


def test_a_session_needs_a_certificate(validator, alice):
    assert codes(validator, alice) == ["certificate.missing"]


def test_a_certificate_that_ran_out_stops_a_session(validator, take, keystores, hilum_clock, alice):
    take(keystores.complete(not_after=hilum_clock.now() + timedelta(days=91)))
    assert codes(validator, alice) == []

    hilum_clock.advance(days=2)
    assert codes(validator, alice) == ["certificate.expires-soon"]

    hilum_clock.advance(days=90)
    assert codes(validator, alice) == ["certificate.expired"]


def test_a_computer_in_the_past_is_told(validator, take, keystores, hilum_clock, alice):
    take(keystores.complete())

    hilum_clock.advance(days=-400)

    assert codes(validator, alice) == ["certificate.not-yet-valid"]


def test_a_corrected_niss_shows_that_the_certificate_is_of_somebody_else(
    validator, take, keystores, alice, bob
):
    take(keystores.complete())

    assert codes(validator, replace(alice, niss=bob.niss)) == ["record.wrong-person"]


def test_a_keystore_that_is_gone_is_told(validator, take, kept, keystores, alice):
    take(keystores.complete())
    active(kept, alice).keystore.unlink()

    assert codes(validator, alice) == ["certificate.keystore-missing"]


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_file_that_others_can_read_is_taken_with_a_warning(take, kept, keystores, alice, mode):
    path = keystores.complete()
    path.chmod(mode)

    imported = take(path)

    assert [finding.code for finding in imported.warnings] == ["keystore.open-to-others"]
    assert active(kept, alice).keystore.stat().st_mode & 0o777 == 0o600


def test_a_link_to_a_private_file_is_no_reason_for_a_warning(take, keystores, tmp_path):
    link = tmp_path / "link.p12"
    link.symlink_to(keystores.complete())

    assert take(link).warnings == ()
