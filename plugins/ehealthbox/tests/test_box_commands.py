"""What ``hilum box`` shows: documents for scripts, lines for people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hilum_ehealth.ehbox.paging import read_all
from hilum_ehealth.errors import EhealthError
from hilum_ehealthbox.cli import CliPlugin
from hilum_ehealthbox.commands import Commands
from hilum_ehealthbox.plugin import Plugin
from hilum_ehealthbox.qualities import quality_words
from hilum_ehealthbox.synchronising import How
from hilum_hookspecs import CheckResult, Liveness, Provider, ProviderDirectory, hookimpl

ALICES_BOX = "Alice Example (physiotherapist), received"


@pytest.fixture
def sync(context, box):
    """Run ``box sync`` and return its document and lines."""

    def run(*, dry_run=False, source="inbox", **how):
        context.output.documents.clear()
        context.output.lines.clear()
        commands = Commands(context, connect=lambda session: box)
        commands.sync("alice", source, How(**how), dry_run=dry_run)
        (document,) = context.output.documents
        return document, context.output.lines

    return run


@pytest.fixture
def listed(context):
    """Run ``box list`` and return its document and lines."""

    def run(*arguments):
        context.output.documents.clear()
        context.output.lines.clear()
        (command,) = CliPlugin(context).hilum_cli_commands()
        command.build()(["list", *arguments], standalone_mode=False)
        (document,) = context.output.documents
        return document, context.output.lines

    return run


def fail(sync, box, code="ehealth.unavailable", **details):
    box.failure = EhealthError(code, **details)
    box.calls.clear()
    with pytest.raises(EhealthError):
        sync()
    box.failure = None


def test_a_synchronisation_tells_what_it_brought(sync, hilum_clock):
    document, lines = sync()
    assert document["provider"] == "alice"
    assert (document["total"], document["new"], document["standing_by"]) == (3, 3, 0)
    assert document["synchronised_at"] == hilum_clock.now()
    assert document["session"]["opened"] is True
    assert lines == [
        "A session was opened, until 03/01/2030 10:00 (eid).",
        f"{ALICES_BOX}: 3 messages, 3 of them new.",
        "  The box holds 21 kB of 10485 kB.",
    ]


def test_messages_that_wait_outside_are_told(sync, box):
    box.standing_by = 1
    document, lines = sync()
    assert document["standing_by"] == 1
    assert lines[-1].startswith("  1 message waits outside")


def test_messages_that_are_too_large_are_told_also_later(sync, listed, monkeypatch):
    monkeypatch.setattr("hilum_ehealthbox.synchronising.read_all", with_two_more)
    document, lines = sync()
    assert (document["total"], document["too_large"], document["new"]) == (5, 2, 3)
    assert "  2 messages are too large to be read." in lines
    document, lines = listed()
    assert document["boxes"][0]["synchronisation"]["too_large"] == 2
    assert "  2 messages are too large to be read." in lines


def with_two_more(ask):
    return replace(read_all(ask), too_large=2)


def test_a_dry_run_asks_nobody_and_changes_nothing(sync, box, context, open_session):
    document, lines = sync(dry_run=True)
    assert document["session_open"] is False
    assert document["synchronisation"]["state"] == "never"
    assert "a session would be opened" in lines[0]

    open_session()
    document, lines = sync(dry_run=True)
    assert document["session_open"] is True
    assert "the session that is open" in lines[0]
    assert box.calls == []
    assert context.audit.entries == []


def test_a_dry_run_knows_a_session_that_is_over(sync, context, open_session, hilum_clock):
    open_session()
    view = context.sessions.local["alice"]
    over = CheckResult(
        liveness=Liveness.OVER, checked_at=hilum_clock.now(), expires_at=view.expires_at
    )
    context.sessions.local["alice"] = replace(view, last_check=over)
    assert sync(dry_run=True)[0]["session_open"] is False

    open_session()
    hilum_clock.advance(hours=24)
    assert sync(dry_run=True)[0]["session_open"] is False


def test_a_box_that_was_never_synchronised_says_so(listed):
    document, lines = listed()
    (box,) = document["boxes"]
    assert box["synchronisation"]["state"] == "never"
    assert box["messages"] == []
    assert lines == ["Alice Example, received: never synchronised."]


def test_the_messages_are_listed_the_most_recent_first(sync, listed, box, make_header):
    box.headers = [make_header(2, important=True, has_annex=True), make_header(1, title="")]
    sync()
    document, lines = listed("--provider", "alice")
    (shown,) = document["boxes"]
    assert shown["synchronisation"]["total"] == 2
    assert [message["id"] for message in shown["messages"]] == ["M000000000002", "M000000000001"]
    assert shown["messages"][0]["sender"]["name"] == "Hospital"
    assert lines == [
        f"{ALICES_BOX}: 2 messages, last synchronised 02/01/2030 10:00.",
        "  The box holds 21 kB of 10485 kB.",
        "  31/12/2029  Hospital (hospital)  Report 2  [important, encrypted, with annex]",
        "  31/12/2029  Hospital (hospital)  (without title)  [encrypted]",
    ]


def test_a_long_title_is_cut_for_a_person_alone(sync, listed, box, make_header):
    box.headers = [make_header(1, title="x" * 400, encrypted=False)]
    sync()
    document, lines = listed()
    assert document["boxes"][0]["messages"][0]["title"] == "x" * 400
    assert lines[-1] == f"  31/12/2029  Hospital (hospital)  {'x' * 69}…"


def test_a_list_can_be_read_in_parts(sync, listed, box):
    box.count = 10
    sync()
    document, _lines = listed("--limit", "3", "--skip", "4")
    (shown,) = document["boxes"]
    assert [int(message["id"][1:]) for message in shown["messages"]] == [6, 5, 4]
    assert shown["synchronisation"]["total"] == 10


def test_a_person_is_shown_the_newest_and_a_script_all(sync, listed, box):
    box.count = 250
    sync()
    document, lines = listed()
    assert len(document["boxes"][0]["messages"]) == 250
    assert len(lines) == 2 + 25 + 1
    assert lines[-1] == "  225 older messages: see --limit and --skip."
    assert "older" not in listed("--skip", "240")[1][-1]


def test_a_failure_is_told_with_the_list_that_it_left(sync, listed, box, hilum_clock):
    sync()
    hilum_clock.advance(minutes=30)
    fail(sync, box, fault_code="SOA-02001")
    document, lines = listed()
    (shown,) = document["boxes"]
    assert shown["synchronisation"]["state"] == "failed"
    assert shown["synchronisation"]["failure"] == {
        "at": hilum_clock.now(),
        "code": "ehealth.unavailable",
        "fault_code": "SOA-02001",
    }
    assert len(shown["messages"]) == 3
    assert lines[:2] == [
        f"{ALICES_BOX}: 3 messages, last synchronised 02/01/2030 10:00.",
        "  A try on 02/01/2030 10:30 failed: eHealth was not available "
        "(ehealth.unavailable, SOA-02001).",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("network.timeout", "failed: eHealth could not be reached (network.timeout)."),
        ("ehealth.answer", "failed: the answer of eHealth could not be used (ehealth.answer)."),
        ("acme.odd", "failed (acme.odd)."),
    ],
)
def test_a_failure_is_told_by_its_family(sync, listed, box, code, words):
    fail(sync, box, code)
    assert words in listed()[1][1]


def test_every_provider_is_listed_without_naming_one(sync, listed, context):
    context.providers.records.append(Provider(id="bob", last_name="Builder"))
    sync()
    document, _lines = listed()
    states = {box["provider"]: box["synchronisation"]["state"] for box in document["boxes"]}
    assert states == {"alice": "succeeded", "bob": "never"}


def test_without_a_provider_there_is_a_hint(listed, context):
    context.providers.records.clear()
    document, lines = listed()
    assert document["boxes"] == []
    assert "provider add" in lines[0]


class Staff:
    """A directory with one record."""

    def __init__(self, context: object) -> None:
        pass

    @hookimpl
    def hilum_provider_directories(self):
        alice = Provider(id="alice", last_name="Example", first_names="Alice")
        yield ProviderDirectory(
            name="staff",
            find=lambda text: [alice] if text == "alice" else [],
            all=lambda: [alice],
        )


@pytest.fixture
def cli(hilum_cli):
    hilum_cli.plugins = {"ehealthbox": Plugin, "ehealthbox.cli": CliPlugin, "staff": Staff}
    hilum_cli.configure(
        '[general]\nenvironment = "other"\n[environments.other]\n'
        'sts = "https://127.0.0.1:9/sts"\ntrust = "/nowhere"\n'
    )
    return hilum_cli


def test_the_commands_run_in_a_host(cli):
    code, document = cli.json("box", "list")
    assert (code, document["boxes"][0]["provider"]) == (0, "alice")


def test_a_provider_that_is_not_there_is_exit_3(cli):
    for command in ("sync", "list"):
        code, document = cli.json("box", command, "--provider", "nobody")
        assert (code, document["error"]["code"]) == (3, "record.not-found")


def test_an_environment_without_a_box_is_exit_2_and_says_what_to_add(cli):
    code, document = cli.json("box", "sync", "--provider", "alice")
    assert (code, document["error"]["code"]) == (2, "settings.no-ehealthbox")
    assert "ehbox_consultation" in document["error"]["remedy"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("sync", "--provider", "alice", "--source", "outbox"),
        ("list", "--limit", "0"),
        ("list", "--skip", "-1"),
        ("read",),
    ],
    ids=lambda arguments: "-".join(arguments),
)
def test_what_cannot_be_meant_is_exit_2(cli, arguments):
    assert cli.json("box", *arguments)[0] == 2


@pytest.mark.parametrize(
    ("quality", "words"), [("PHYSIOTHERAPIST", "physiotherapist"), ("GROUP", "GROUP")]
)
def test_a_quality_without_words_is_shown_as_the_platform_writes_it(quality, words):
    assert quality_words(quality) == words
