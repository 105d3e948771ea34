"""Records of every directory, checks of every validator."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.catalogue import Words, words_for
from hilum.host import Host
from hilum.services.providers import ProviderService
from hilum_hookspecs import (
    Finding,
    Message,
    Provider,
    ProviderDirectory,
    Purpose,
    RecordError,
    RecordValidator,
    StorageError,
    UserCancelled,
    hookimpl,
)
from hilum_hookspecs.words import show

ALICE = Provider(id="1", last_name="example", first_names="Alice", niss="85073003328")
BOB = Provider(id="2", last_name="Example", first_names="Bob")


class Staff:
    """A plugin with a directory and a validator of the test's making."""

    def __init__(self, name, records=(), check=None, purposes=frozenset(Purpose)):
        self._name, self._records = name, records
        self._check, self._purposes = check, purposes

    @hookimpl
    def hilum_provider_directories(self):
        def find(text):
            return [record for record in self._records if text in (record.id, record.niss)]

        yield ProviderDirectory(name=self._name, find=find, all=lambda: self._records)

    @hookimpl
    def hilum_record_validators(self):
        if self._check:
            yield RecordValidator(name=self._name, check=self._check, purposes=self._purposes)


def providers(*plugins: Staff) -> ProviderService:
    host = Host()
    for plugin in plugins:
        host.register(plugin, plugin._name)
    return ProviderService(host)


def refusal(service, text) -> RecordError:
    with pytest.raises(RecordError) as raised:
        service.find(text)
    return raised.value


def finding(record) -> Finding:
    return Finding(provider_id=record.id, code="acme.odd", message=Message("acme", "Odd"))


def test_all_directories_are_asked():
    service = providers(Staff("a", [ALICE]), Staff("b", [BOB]))

    assert service.find("2") is BOB
    assert list(service.all()) == [ALICE, BOB]


def test_what_is_not_found_is_not_repeated_it_may_be_a_national_number():
    error = refusal(providers(Staff("a", [ALICE])), "80010112379")

    assert (error.code, error.details) == ("record.not-found", {})


def test_a_record_in_two_directories_is_ambiguous():
    error = refusal(providers(Staff("a", [ALICE]), Staff("b", [ALICE])), "1")

    assert error.code == "record.ambiguous"
    assert error.details == {"providers": ["1"], "plugins": ["a", "b"]}
    assert words_for(error) == Words(
        "Several plugins have the provider 1: a, b.",
        "Switch one of them off, hilum plugins disable NAME, or have it use other ids.",
    )


def test_a_text_that_fits_two_records_names_their_ids():
    twin = replace(BOB, niss=ALICE.niss)
    error = refusal(providers(Staff("a", [ALICE]), Staff("b", [twin])), ALICE.niss)

    assert (error.code, error.details) == ("record.ambiguous", {"providers": ["1", "2"]})
    assert words_for(error).remedy == "Give the provider's id."


def test_without_any_directory_that_is_said():
    assert refusal(ProviderService(Host()), "1").code == "record.no-directory"


def test_a_directory_that_gives_something_else_is_named():
    from hilum_hookspecs import HilumError

    with pytest.raises(HilumError) as raised:
        providers(Staff("a", ["Alice"])).all()

    assert (raised.value.code, raised.value.details["plugin"]) == ("plugin.failed", "a")
    assert raised.value.details["problem"].startswith("Provider is expected, not str, in what ")


def test_every_validator_gets_all_records_at_once():
    batches = []

    def check(records, purpose):
        batches.append((tuple(records), purpose))
        yield finding(records[1])

    found = providers(Staff("a", check=check)).check([ALICE, BOB], Purpose.SAVE)

    assert batches == [((ALICE, BOB), Purpose.SAVE)]
    assert found == [finding(BOB)]


def test_a_validator_is_asked_for_its_purposes_only():
    def check(records, purpose):
        return map(finding, records)

    service = providers(Staff("a", check=check, purposes=frozenset({Purpose.SAVE})))

    assert service.check([ALICE], Purpose.EHEALTH_LOGIN) == []


@pytest.mark.parametrize("error", [ZeroDivisionError(), SystemExit(), StorageError()])
def test_a_validator_that_raises_counts_as_not_valid_for_every_record(error):
    def check(records, purpose):
        yield finding(records[0])
        raise error

    def other(records, purpose):
        return [finding(records[0])]

    service = providers(Staff("a", check=check), Staff("b", check=other))
    *failed, last = service.check([ALICE, BOB], Purpose.SAVE)

    assert [(each.provider_id, each.code) for each in failed] == [
        ("1", "record.validator-failed"),
        ("2", "record.validator-failed"),
    ]
    assert "a" in show(failed[0].message)
    assert last == finding(ALICE)


def test_a_validator_that_yields_something_else_counts_as_not_valid():
    service = providers(Staff("a", check=lambda records, purpose: ["fine"]))

    (found,) = service.check([ALICE], Purpose.SAVE)

    assert found.code == "record.validator-failed"


def test_a_user_who_walks_away_is_no_finding():
    def check(records, purpose):
        raise UserCancelled

    with pytest.raises(UserCancelled):
        providers(Staff("a", check=check)).check([ALICE], Purpose.SAVE)
