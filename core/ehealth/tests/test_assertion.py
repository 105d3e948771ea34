"""The checked session token: what it says, and where being strict ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hilum_ehealth.assertion import Assertion, check_assertion
from hilum_ehealth.environments import Environment, SignerRule
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.assertions import PHYSIOTHERAPIST, AssertionForm
from hilum_ehealth.testing.authority import Issued, Pki

ALICE = "85073003328"
PREFIX = "urn:be:fgov:person:ssin:ehealth:1.0"
Check = Callable[..., Assertion]


@pytest.fixture
def form(alice: Issued, now: datetime) -> AssertionForm:
    return AssertionForm(holder=alice.certificate, issued_at=now)


@pytest.fixture
def check(pki: Pki, alice: Issued, environment: Environment, now: datetime) -> Check:
    def run(form: AssertionForm | bytes, **changes: object) -> Assertion:
        data = form if isinstance(form, bytes) else form.signed(pki.iam_signer)
        arguments: dict[str, object] = {
            "environment": environment,
            "now": now,
            "niss": ALICE,
            "holder": alice.certificate,
            **changes,
        }
        return check_assertion(data, **arguments)  # type: ignore[arg-type]

    return run


def refusal(check: Check, form: AssertionForm | bytes, **changes: object) -> EhealthError:
    with pytest.raises(EhealthError) as failed:
        check(form, **changes)
    return failed.value


def with_attributes(form: AssertionForm, **changes: str | None) -> AssertionForm:
    found = {**PHYSIOTHERAPIST, **{f"{PREFIX}:{name}": value for name, value in changes.items()}}
    return replace(form, attributes={n: v for n, v in found.items() if v is not None})


class TestWhatItSays:
    def test_everything_is_read(
        self, form: AssertionForm, check: Check, pki: Pki, now: datetime
    ) -> None:
        data = form.signed(pki.iam_signer)
        found = check(data)
        assert found.data == data
        assert found.assertion_id == form.identifier
        assert found.not_before == now - timedelta(minutes=5)
        assert found.not_on_or_after == now + timedelta(hours=24)
        assert (found.niss, found.nihii11) == (ALICE, "54123426501")
        names = {each.name.removeprefix(f"{PREFIX}:"): each.values for each in found.attributes}
        assert names["givenname"] == ("Alice",)

    def test_it_names_nobody_in_a_log(self, form: AssertionForm, check: Check) -> None:
        assert ALICE not in repr(check(form))
        assert "Alice" not in repr(check(form).attributes)

    def test_times_of_other_zones_are_the_same_instants(
        self, form: AssertionForm, check: Check, pki: Pki, now: datetime
    ) -> None:
        from hilum_ehealth.testing.assertions import signed_by

        local = now.astimezone(timezone(timedelta(hours=1))).isoformat(timespec="microseconds")
        shifted = form.unsigned().replace(
            b'IssueInstant="2026-11-23T12:00:00.000Z"', f'IssueInstant="{local}"'.encode()
        )
        assert check(signed_by(shifted, pki.iam_signer)).issued_at == now

    def test_a_token_without_inherited_prefixes_is_good_too(
        self, form: AssertionForm, check: Check
    ) -> None:
        assert check(replace(form, inherited=False)).niss == ALICE


class TestTheWindow:
    @pytest.mark.attack("A7")
    def test_it_lives_until_the_last_instant_before_its_end(
        self, form: AssertionForm, check: Check, now: datetime
    ) -> None:
        end = now + timedelta(hours=24)
        assert check(form, now=end - timedelta(microseconds=1))
        assert refusal(check, form, now=end).code == "assertion.expired"

    @pytest.mark.attack("A7")
    def test_this_clock_may_be_a_minute_slow(
        self, form: AssertionForm, check: Check, now: datetime
    ) -> None:
        start = now - timedelta(minutes=5)
        assert check(form, now=start - timedelta(seconds=60))
        error = refusal(check, form, now=start - timedelta(seconds=61))
        assert error.code == "clock.wrong"
        assert error.details == {"direction": "behind", "skew_seconds": 61}

    @pytest.mark.attack("A7")
    def test_the_longest_life_can_be_set(self, form: AssertionForm, check: Check) -> None:
        long = replace(form, life=timedelta(hours=72))
        assert refusal(check, long).details == {"hours": 72}
        assert check(long, longest_life=timedelta(hours=73))


class TestTheProvider:
    @pytest.mark.parametrize("number", ["54123426", "54123426501", "54123426527"])
    def test_the_first_eight_digits_decide(
        self, number: str, form: AssertionForm, check: Check
    ) -> None:
        assert check(form, inami=("19733263527", number))

    @pytest.mark.attack("A7")
    def test_other_numbers_are_refused(self, form: AssertionForm, check: Check) -> None:
        assert refusal(check, form, inami=("19733263527",)).code == "assertion.other-inami"

    @pytest.mark.attack("A7")
    @pytest.mark.parametrize("value", ["false", "0", " false "])
    def test_a_denied_profession_is_not_recognised(
        self, value: str, form: AssertionForm, check: Check
    ) -> None:
        denied = with_attributes(form, **{"professional:physiotherapist:boolean": value})
        error = refusal(check, denied, profession="physiotherapist")
        assert error.code == "assertion.not-recognised-provider"
        assert error.details == {"profession": "physiotherapist"}

    def test_an_absent_confirmation_beside_a_number_is_enough(
        self, form: AssertionForm, check: Check
    ) -> None:
        silent = with_attributes(form, **{"professional:physiotherapist:boolean": None})
        assert check(silent, profession="physiotherapist")

    @pytest.mark.parametrize("value", [None, "", " "])
    def test_without_a_number_the_person_is_not_recognised(
        self, value: str | None, form: AssertionForm, check: Check
    ) -> None:
        missing = with_attributes(form, **{"nihii:physiotherapist:nihii11": value})
        for asked in ({"profession": "physiotherapist"}, {"inami": ("54123426",)}):
            error = refusal(check, missing, **asked)
            assert error.code == "assertion.not-recognised-provider"
        assert check(missing).nihii11 is None

    def test_the_number_of_another_profession_is_none(
        self, form: AssertionForm, check: Check
    ) -> None:
        error = refusal(check, form, profession="dentist")
        assert error.code == "assertion.not-recognised-provider"

    @pytest.mark.attack("A7")
    def test_two_numbers_that_disagree_are_refused(self, form: AssertionForm, check: Check) -> None:
        both = with_attributes(form, **{"nihii:nurse:nihii11": "19733263527"})
        assert refusal(check, both).details == {"problem": "inami"}


class TestTheSigner:
    def test_the_environment_says_who_may_sign(
        self, form: AssertionForm, check: Check, environment: Environment
    ) -> None:
        other = replace(environment, signer=SignerRule(application_prefix="OTHER"))
        error = refusal(check, form, environment=other)
        assert error.code == "assertion.untrusted-signer"

    @pytest.mark.attack("A7")
    def test_another_environment_s_token_is_refused(
        self, form: AssertionForm, check: Check, ec_pki: Pki, environment: Environment
    ) -> None:
        error = refusal(check, form.signed(ec_pki.iam_signer), environment=environment)
        assert error.code == "assertion.untrusted-signer"

    def test_without_anchors_nothing_can_be_checked(
        self, form: AssertionForm, check: Check, environment: Environment
    ) -> None:
        bare = replace(environment, trust_folder=environment.trust_folder / "none")
        assert refusal(check, form, environment=bare).code == "trust.no-anchors"


@pytest.mark.attack("A2")
@pytest.mark.parametrize("part", range(20))
def test_a_changed_byte_of_what_was_signed_is_noticed(
    part: int, form: AssertionForm, check: Check, pki: Pki
) -> None:
    data = bytearray(replace(form, inherited=False).signed(pki.iam_signer))
    data[data.index(b"<ds:Signature ") * part // 20] ^= 1
    assert refusal(check, bytes(data)).code.startswith("assertion.")


class TestAClockThatIsFarBehind:
    @pytest.mark.parametrize("days", [10, 10_000])
    def test_is_told_instead_of_a_distrusted_signer(
        self, days: int, form: AssertionForm, check: Check, now: datetime
    ) -> None:
        error = refusal(check, form, now=now - timedelta(days=days))
        assert error.code == "clock.wrong"
        assert error.details == {"direction": "behind", "skew_seconds": days * 86400}

    def test_never_hides_a_forgery(
        self, form: AssertionForm, check: Check, pki: Pki, now: datetime
    ) -> None:
        data = form.signed(pki.iam_signer).replace(b"54123426501", b"19733263527")
        error = refusal(check, data, now=now - timedelta(days=10))
        assert error.code == "assertion.untrusted-signer"

    def test_is_not_believed_of_a_signer_who_is_not_the_platform(
        self, form: AssertionForm, check: Check, alice: Issued, now: datetime
    ) -> None:
        error = refusal(check, form.signed(alice), now=now - timedelta(days=10))
        assert error.code == "assertion.untrusted-signer"

    def test_is_not_believed_when_the_signer_was_not_valid_as_it_signed(
        self, form: AssertionForm, check: Check, pki: Pki, now: datetime
    ) -> None:
        early = replace(form, issued_at=now - timedelta(days=5))
        error = refusal(check, early.signed(pki.iam_signer), now=now - timedelta(days=10))
        assert error.code == "assertion.untrusted-signer"
