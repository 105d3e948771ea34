"""Whatever is refused is in the audit, once, whichever command it was."""

from __future__ import annotations

from typing import Any

import click
import pytest
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import CredentialRejected, HilumError, Message, RecordError, hookimpl
from hilum_hookspecs.cli import CliCommand

REFUSALS: dict[str, Exception] = {
    "rule": RecordError("record.read-only", provider="7"),
    "pin": EhealthError("card.pin-rejected", attempts_left=2),
    "password": CredentialRejected("keystore.password-rejected"),
    "platform": EhealthError("ehealth.refused"),
    "not-there": RecordError("record.not-found", text="85073003328"),
    "network": EhealthError("network.unreachable"),
    "defect": HilumError("defect"),
}


class Acme:
    """A plugin whose commands refuse: one changes things, the other only looks."""

    def __init__(self, context: Any) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(name="acme", summary=Message("acme", "Acme"), build=self._build)

    def _build(self) -> click.Group:
        group = click.Group("acme")

        @group.command()
        @click.argument("why")
        @click.option("--provider")
        @click.option("--dry-run", is_flag=True)
        def change(why, provider, dry_run):
            raise REFUSALS[why]

        @group.command()
        @click.argument("why")
        def look(why):
            raise REFUSALS[why]

        return group


@pytest.fixture
def acme(hilum):
    hilum.plugins = {**hilum.plugins, "acme.cli": Acme}
    return hilum


def refusals(hilum) -> list[tuple[str, str | None, str, str]]:
    _code, document = hilum.json("audit", "list")
    return [
        (each["action"], each["provider"], each["data"]["code"], each["data"]["command"])
        for each in document["entries"]
    ]


@pytest.mark.parametrize("why", ["rule", "pin", "password", "platform"])
def test_a_change_that_is_refused_is_written_down_with_its_code(acme, why):
    acme("acme", "change", why, "--provider", "85073003328")

    assert refusals(acme) == [("acme.refused", "7", REFUSALS[why].code, "acme change")]


@pytest.mark.parametrize("why", ["not-there", "network", "defect"])
def test_what_is_no_refusal_is_not_written_down(acme, why):
    acme("acme", "change", why)

    assert refusals(acme) == []


def test_a_trial_that_is_refused_is_not_written_down(acme):
    acme("acme", "change", "rule", "--dry-run")

    assert refusals(acme) == []


def test_a_credential_is_written_down_also_where_nothing_changes(acme):
    acme("acme", "look", "rule")
    acme("acme", "look", "password")

    assert refusals(acme) == [("acme.refused", None, "keystore.password-rejected", "acme look")]


def test_what_the_use_case_wrote_down_is_not_written_twice(acme, desk):
    desk.refusal = EhealthError("card.pin-rejected", attempts_left=2)

    acme("session", "open", "--provider", "7")

    _code, document = acme.json("audit", "list")
    assert [(each["action"], each["data"]["code"]) for each in document["entries"]] == [
        ("session.refused", "card.pin-rejected")
    ]


def test_the_number_that_was_typed_is_not_written_down(acme):
    acme("acme", "change", "rule", "--provider", "80010112363 ")
    acme("acme", "change", "rule", "--provider", "99999999999")

    database = b"".join(path.read_bytes() for path in acme.folder.glob("hilum.db*"))
    assert b"80010112363" not in database
    assert b"99999999999" not in database


def test_a_refusal_is_shown_also_when_it_cannot_be_written_down(acme):
    acme("audit", "list")
    (acme.folder / "hilum.db").chmod(0o644)

    code, document = acme.json("acme", "change", "rule")

    assert (code, document["error"]["code"]) == (3, "record.read-only")
