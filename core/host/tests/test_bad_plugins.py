"""What plugins of third parties do wrong costs only themselves, and they are named for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

import click
import pytest
from hilum.host import Host
from hilum.services.certificates import CertificateService
from hilum.services.providers import ProviderService
from hilum.storage.database import Database
from hilum_ehealth.environments import Environment
from hilum_hookspecs import (
    ActiveCertificate,
    AuthMethod,
    CertificateSource,
    Finding,
    HilumError,
    Message,
    Provider,
    ProviderDirectory,
    Purpose,
    RecordValidator,
    ServiceUnreachable,
    Status,
    StatusIndicator,
    StatusState,
    StorageError,
    StorageSpec,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import show
from sqlalchemy import Column, Integer, MetaData, Table, text

ALICE = Provider(id="1", last_name="Example")
LABEL = Message("acme", "Acme")


def plugin(hook, answer):
    """Make a plugin class whose *hook* calls *answer*."""

    def implementation(self):
        return answer()

    implementation.__name__ = hook
    body = {hook: hookimpl(implementation), "__init__": lambda self, context=None: None}
    return type("Plugin", (), body)


def raising(error):
    def fail(*_arguments):
        raise error

    return fail


def host_of(*, ours=(), **plugins):
    host = Host(ours=ours)
    for name, each in plugins.items():
        host.register(each(), name)
    return host


# Validators


def half_of_them():
    yield RecordValidator(name="fine", check=lambda records, purpose: ())
    raise RuntimeError


@pytest.mark.parametrize(
    "answer",
    [
        raising(RuntimeError()),
        raising(SystemExit()),
        raising(HilumError("acme.no")),
        half_of_them,
        lambda: 3,
        lambda: ["validator"],
        lambda: [RecordValidator(name="x", check=None)],
        lambda: [RecordValidator(name="x", check=lambda r, p: (), purposes=None)],
        lambda: [RecordValidator(name="x", check=lambda r, p: ())] * 2,
    ],
)
def test_a_plugin_whose_validators_cannot_be_had_makes_every_record_not_valid(answer):
    host = host_of(acme=plugin("hilum_record_validators", answer))

    findings = ProviderService(host).check([ALICE], Purpose.EHEALTH_LOGIN)

    assert {each.code for each in findings} == {"record.validator-failed"}
    assert "acme" in show(findings[0].message)


def test_a_refused_plugin_that_declares_validators_makes_every_record_not_valid():
    refused = plugin("hilum_record_validators", lambda: ())
    refused.hilum_misspelt = lambda self: None

    (finding,) = ProviderService(host_of(acme=refused)).check([ALICE], Purpose.SAVE)

    assert finding.code == "record.validator-failed"


@pytest.mark.parametrize(
    "finding",
    [
        Finding(provider_id="1", code="a.b", message="text"),
        Finding(provider_id="1", code="a.b", message=LABEL, severity="error"),
    ],
)
def test_findings_with_wrong_contents_make_the_record_not_valid(finding):
    validator = RecordValidator(name="x", check=lambda records, purpose: [finding])
    host = host_of(acme=plugin("hilum_record_validators", lambda: [validator]))

    (found,) = ProviderService(host).check([ALICE], Purpose.SAVE)

    assert found.code == "record.validator-failed"
    assert host.failures[0].plugin == "acme"


# Contents of contributions


def nothing(*_arguments):
    return None


@pytest.mark.parametrize(
    ("hook", "value", "field"),
    [
        ("hilum_auth_methods", AuthMethod(name=None, label=LABEL, authenticate=nothing), "name"),
        (
            "hilum_auth_methods",
            AuthMethod(name="x", label=LABEL, authenticate=nothing, rank="first"),
            "rank",
        ),
        ("hilum_auth_methods", AuthMethod(name="E I", label=LABEL, authenticate=nothing), "name"),
        ("hilum_auth_methods", AuthMethod(name="x", label=LABEL, authenticate=3), "authenticate"),
        ("hilum_status_indicators", StatusIndicator(name="x", label="X", read=nothing), "label"),
        (
            "hilum_status_indicators",
            StatusIndicator(name="x", label=Message("a", 3), read=nothing),
            "label",
        ),
        (
            "hilum_storage",
            StorageSpec(metadata=nothing, migrations="folder", head="1"),
            "migrations",
        ),
        ("hilum_cli_commands", CliCommand(name="x", summary="X", build=nothing), "summary"),
    ],
)
def test_a_contribution_with_a_field_of_another_type_is_its_plugins_failure(hook, value, field):
    host = host_of(acme=plugin(hook, lambda: [value]))

    assert host.collect(hook) == []
    assert field in str(host.failures[0].error)


@pytest.mark.parametrize(
    "status",
    [
        7,
        Status(state="active", words=LABEL),
        Status(state=StatusState.ACTIVE, words="open"),
        HilumError("acme.odd"),
    ],
)
def test_a_broken_lamp_costs_only_itself(status):
    from hilum.cli.session_shown import _lamps, _read

    read = raising(status) if isinstance(status, Exception) else lambda provider_id: status
    lamp = StatusIndicator(name="x", label=LABEL, read=read)
    host = host_of(acme=plugin("hilum_status_indicators", lambda: [lamp]))

    assert list(_read(host, _lamps(host), "1")) == []


def test_a_text_without_its_arguments_is_shown_unfilled():
    assert show(Message("acme", "open until {end}", {"start": 1})) == "open until {end}"
    assert show(Message("acme", "{0.x} {", {"start": 1})) == "{0.x} {"


# Directories and certificate sources


def directory(find, all_=lambda: (), name="hr"):
    value = ProviderDirectory(name=name, find=find, all=all_)
    return plugin("hilum_provider_directories", lambda: [value])


OURS = directory(lambda text: [ALICE] if text == "1" else [], lambda: [ALICE], "records")
BROKEN = [
    directory(raising(KeyError()), raising(KeyError())),
    directory(raising(ServiceUnreachable()), raising(ServiceUnreachable())),
    directory(lambda text: [7], lambda: [Provider(id=7, last_name="x")]),
    plugin("hilum_provider_directories", raising(RuntimeError())),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_directory_does_not_hide_the_records_of_another(broken):
    host = host_of(acme=broken, provider_records=OURS, ours=["provider_records"])
    service = ProviderService(host)

    assert service.find("1") is ALICE
    assert service.all() == [ALICE]
    assert {failure.plugin for failure in host.failures} == {"acme"}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_only_a_broken_directory_could_have_is_its_failure(broken):
    service = ProviderService(host_of(acme=broken, provider_records=OURS))

    with pytest.raises(HilumError) as raised:
        service.find("2")

    assert raised.value.code in ("plugin.failed", "network.unreachable")


def source(active, name="vault"):
    value = CertificateSource(name=name, label=LABEL, active=active, find=lambda folder: ())
    return plugin("hilum_certificate_sources", lambda: [value])


@pytest.mark.parametrize(
    "broken", [source(raising(KeyError())), plugin("hilum_certificate_sources", lambda: [1])]
)
def test_a_broken_certificate_source_does_not_hide_the_next(broken, tmp_path):
    from datetime import UTC, datetime

    known = ActiveCertificate(
        provider_id="1",
        environment="test",
        keystore=tmp_path,
        certificate=b"",
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
        stage="complete",
    )
    environment = Environment(name="test", endpoints={}, trust_folder=tmp_path)
    knows = source(lambda provider_id, name: known if provider_id == "1" else None, "ours")
    service = CertificateService(host_of(acme=broken, cert_manager=knows), environment)

    assert service.active("1") is known
    with pytest.raises(HilumError) as raised:
        service.active("2")
    assert raised.value.details == {"plugin": "acme"}


# Names


def methods(*names):
    values = [AuthMethod(name=name, label=LABEL, authenticate=nothing) for name in names]
    return plugin("hilum_auth_methods", lambda: values)


def test_between_ours_and_another_plugin_of_one_name_ours_wins():
    host = host_of(ehealth_auth=methods("eid"), acme=methods("eid", "x"), ours=["ehealth_auth"])

    found = host.collect_with_source("hilum_auth_methods")

    assert [(name, value.name) for name, value in found] == [("acme", "x"), ("ehealth_auth", "eid")]
    (failure,) = host.failures
    assert failure.plugin == "acme"
    assert failure.error.details["plugins"] == ["acme", "ehealth_auth"]


def test_a_name_that_one_plugin_offers_twice_is_its_own_failure():
    host = host_of(a=methods("same", "same"), b=methods("other"))

    assert [method.name for method in host.collect("hilum_auth_methods")] == ["other"]
    assert host.failures[0].plugin == "a"


def test_a_front_is_blamed_under_its_plugins_name():
    host = host_of(**{"acme.cli": plugin("hilum_cli_commands", raising(KeyError()))})
    host.collect("hilum_cli_commands")

    assert host.failures[0].plugin == "acme"
    with pytest.raises(HilumError) as raised:
        host.call("acme.cli", raising(KeyError()))
    assert raised.value.details == {"plugin": "acme"}


# What is said


def test_a_failure_is_said_once_in_one_line_unless_all_is_quiet(hilum_cli):
    bad = {"acme": plugin("hilum_storage", raising(ValueError("85073003328")))}

    result = hilum_cli("db", "upgrade", plugins=bad)

    assert result.errors.splitlines() == [
        "The plugin acme failed (hilum_storage: ValueError). --verbose says where; "
        "hilum plugins disable acme switches it off."
    ]
    assert hilum_cli("--quiet", "db", "upgrade", plugins=bad).errors == ""


def test_verbose_says_where_a_plugin_failed_and_not_with_which_value(hilum_cli):
    bad = {"acme": plugin("hilum_storage", raising(ValueError("85073003328")))}

    errors = hilum_cli("--verbose", "db", "upgrade", plugins=bad).errors

    assert "test_bad_plugins.py" in errors
    assert "85073003328" not in errors


def test_a_plugin_that_cannot_be_made_is_said(hilum_cli):
    class Bad:
        def __init__(self, context):
            raise KeyError

    result = hilum_cli("db", "upgrade", plugins={"acme": Bad})

    assert (result.exit_code, "The plugin acme failed (load: KeyError)" in result.errors) == (
        0,
        True,
    )


# Settings of plugins that are gone


@pytest.mark.parametrize("key", ["enabled", "disabled"])
def test_the_section_of_a_plugin_that_is_gone_stops_nothing(hilum_cli, key):
    hilum_cli.configure(f'[plugins]\n{key} = ["acme"]\n[acme]\nreader = "A"\n')

    assert hilum_cli("session", "status").exit_code == 0


def test_a_plugin_that_is_gone_can_be_switched_off(hilum_cli):
    hilum_cli.configure('[acme]\nreader = "A"\n')
    assert hilum_cli("session", "status").exit_code == 2

    assert hilum_cli("plugins", "disable", "acme").exit_code == 0
    assert hilum_cli("session", "status").exit_code == 0
    assert hilum_cli("plugins", "disable", "acmee").exit_code == 2


def test_a_name_that_is_no_plugin_is_said_with_the_nearest(hilum_cli):
    result = hilum_cli("--without", "simulatr", "session", "status")

    assert result.exit_code == 0
    assert result.errors.startswith("There is no plugin simulatr. Did you mean simulator?\n")


def test_a_section_of_a_plugin_that_cannot_be_imported_stops_nothing(hilum_cli):
    class Bad:
        Settings = 3

    hilum_cli.configure("[acme]\nx = 1\n")

    assert hilum_cli("session", "status", plugins={"acme": Bad}).exit_code == 0


class Thawed:
    reader = ""


@dataclass(frozen=True)
class Mixed:
    readers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Needy:
    reader: str


@dataclass
class Changing:
    reader: str = ""


@pytest.mark.parametrize("settings", [3, dict, Thawed, Mixed, Needy, Changing])
def test_settings_that_are_no_frozen_dataclass_of_plain_fields_are_a_failure(hilum_cli, settings):
    class Bad:
        Settings = settings

        def __init__(self, context):
            pass

    _code, document = hilum_cli.json("plugins", "list", plugins={"acme": Bad})
    (acme,) = document["plugins"]

    assert acme["state"] == "failed"
    assert "frozen dataclass" in acme["failures"][0]["message"]


def test_a_front_gets_its_real_settings(hilum_cli):
    seen = []

    @dataclass(frozen=True)
    class Mine:
        reader: str = "A"

    class CliPlugin:
        Settings = Mine

        def __init__(self, context):
            self._context = context

        @hookimpl
        def hilum_cli_commands(self):
            yield CliCommand(name="act", summary=LABEL, build=self._build)

        def _build(self):
            return click.Command("act", callback=lambda: seen.append(self._context.settings))

    hilum_cli.configure('[acme]\nreader = "B"\n')
    result = hilum_cli("act", plugins={"acme.cli": CliPlugin})

    assert (result.exit_code, seen, type(seen[0])) == (0, [Mine("B")], Mine)


# Tables


REVISION = """
revision, down_revision = "{name}", {parent}
def upgrade():
    {action}
"""


def tables(*names):
    def make():
        metadata = MetaData()
        for name in names:
            Table(name, metadata, Column("id", Integer, primary_key=True))
        return metadata

    return make


@pytest.fixture
def database(tmp_path):
    """Open the database with the tables of ``acme``; its trouble is excused."""
    excused = []
    opened = []

    def make(metadata, head, *, revisions=("a1", "a2"), action="pass"):
        for number, name in enumerate(revisions):
            parent = repr(revisions[number - 1]) if number else None
            body = REVISION.format(name=name, parent=parent, action=action if number else "pass")
            (tmp_path / f"{name}.py").write_text(body)
        spec = StorageSpec(metadata=metadata, migrations=tmp_path, head=head)
        url = f"sqlite:///{tmp_path / 'data' / 'hilum.db'}"
        database = Database(
            url,
            lambda: [("acme", spec)],
            tmp_path / "data",
            excuse=lambda plugin, error: excused.append((plugin, error.code)) is None,
        )
        opened.append(database)
        return database, excused

    yield make
    for each in opened:
        each.close()


@pytest.mark.parametrize(
    ("metadata", "head", "code"),
    [
        (raising(KeyError()), "a1", "plugin.failed"),
        (lambda: None, "a1", "plugin.failed"),
        (tables("visit"), "a1", "storage.foreign-table"),
        (tables("acme_visit"), "a9", "storage.head-missing"),
        (tables("acme_visit", "hilum_audit"), "a1", "storage.foreign-table"),
    ],
)
def test_tables_that_cannot_be_made_are_missing_to_their_plugin_alone(
    database, metadata, head, code
):
    made, excused = database(metadata, head)

    with made.begin() as connection:
        assert connection.execute(text("select count(*) from hilum_audit")).scalar() == 0
    with pytest.raises((HilumError, StorageError)) as raised, made.of("acme").begin():
        pass

    assert excused == [("acme", code)]
    assert raised.value.code == code


@pytest.mark.parametrize("action", ["1 / 0", "raise SystemExit", "from nowhere import x"])
def test_a_broken_migration_stops_no_other_plugin(database, action):
    first, _excused = database(tables("acme_visit"), "a1")
    with first.begin():
        pass
    second, excused = database(tables("acme_visit"), "a2", action=action)

    with second.begin():
        pass
    host, acme = second.upgrade()

    assert excused == [("acme", "storage.schema-old")]
    assert (host.problem, acme.problem.code) == (None, "storage.migrations")


def test_an_upgrade_that_fails_for_some_is_exit_9_and_one_document(hilum_cli, tmp_path):
    spec = StorageSpec(metadata=tables("visit"), migrations=tmp_path, head="a1")
    bad = {"acme": plugin("hilum_storage", lambda: [spec])}

    result = hilum_cli("--json", "db", "upgrade", plugins=bad)
    document = json.loads(result.output)["error"]

    assert (result.exit_code, document["code"]) == (9, "storage.upgrade-failed")
    assert document["details"]["failed"] == ["acme"]
    assert [
        each["problem"] and each["problem"]["code"] for each in document["details"]["plugins"]
    ] == [
        None,
        "storage.foreign-table",
    ]


# Registration and commands


@pytest.mark.parametrize("arguments", [("acme", object()), (object(), 3), ("acme", "acme")])
def test_arguments_of_a_registration_that_are_swapped_are_refused(arguments):
    with pytest.raises(TypeError, match="register"):
        Host().register(*arguments)


def front(build, name="act", under=None):
    command = CliCommand(name=name, summary=LABEL, build=build, under=under)
    return {"acme.cli": plugin("hilum_cli_commands", lambda: [command])}


def acting(action):
    """Offer the command ``act``, which calls *action* with the plugin's output."""

    class CliPlugin:
        def __init__(self, context):
            self._output = context.output

        @hookimpl
        def hilum_cli_commands(self):
            yield CliCommand(name="act", summary=LABEL, build=self._build)

        def _build(self):
            return click.Command("act", callback=lambda: action(self._output))

    return {"acme.cli": CliPlugin}


def test_a_command_that_is_built_as_nothing_is_its_plugins_failure(hilum_cli):
    code, document = hilum_cli.json("act", plugins=front(lambda: None))

    assert (code, document["error"]["code"]) == (1, "plugin.failed")
    assert document["error"]["details"] == {"plugin": "acme"}


@pytest.mark.parametrize(("name", "under"), [("act", "nothing"), ("session", None)])
def test_a_command_without_a_place_is_its_plugins_failure(hilum_cli, name, under):
    result = hilum_cli("--help", plugins=front(lambda: None, name, under))

    assert "The plugin acme failed (hilum_cli_commands: ValueError)" in result.errors


def test_a_command_of_the_hosts_group_is_not_replaced(hilum_cli):
    result = hilum_cli("session", "status", plugins=front(lambda: None, "status", "session"))

    assert result.exit_code == 0
    assert "The plugin acme failed" in result.errors


def test_a_command_named_like_a_plugin_that_is_off_says_so(hilum_cli):
    code, document = hilum_cli.json(
        "--without", "acme", "acme", plugins=front(lambda: None, "acme")
    )

    assert (code, document["error"]["code"]) == (2, "plugin.disabled")
    assert document["error"]["details"]["plugin"] == "acme"


def refusing(error):
    return acting(raising(error))


def test_an_error_that_nobody_explains_names_its_plugin(hilum_cli):
    result = hilum_cli("act", plugins=refusing(HilumError("acme.closed")))

    assert "The plugin acme refused this without saying why (acme.closed)." in result.errors


def test_a_text_whose_braces_mean_nothing_is_shown_as_it_is(hilum_cli):
    error = HilumError("acme.odd", message=Message("acme", "{odd:%%} {"))

    assert "{odd:%%} {" in hilum_cli("act", plugins=refusing(error)).errors


def test_details_that_json_lacks_become_text(hilum_cli):
    details = {"a": object(), "b": {(1, 2): b"x"}, "c": [float("nan")], "d": float("inf")}

    code, document = hilum_cli.json("act", plugins=refusing(HilumError("acme.odd", **details)))

    assert code == 1
    assert document["error"]["details"] == {
        "a": "object",
        "b": {"(1, 2)": "bytes"},
        "c": ["nan"],
        "d": "inf",
    }


def test_a_document_that_json_lacks_is_the_plugins_mistake(hilum_cli):
    plugins = acting(lambda output: output.show({"a": object()}, []))

    code, document = hilum_cli.json("act", plugins=plugins)

    assert (code, document["error"]["code"]) == (1, "plugin.failed")
    assert document["error"]["details"]["plugin"] == "acme"


def test_a_second_result_is_the_plugins_mistake_and_no_second_document(hilum_cli):
    def twice(output):
        output.show({"n": 1}, [])
        output.show({"n": 2}, [])

    result = hilum_cli("--json", "act", plugins=acting(twice))

    assert (result.exit_code, json.loads(result.output)) == (1, {"n": 1})
    assert "The plugin acme made a mistake." in result.errors


def test_control_characters_are_written_out(hilum_cli):
    plugins = acting(lambda output: output.show({}, ["\x1b[2J\u202egone\tfine"]))

    assert hilum_cli("act", plugins=plugins).output == "\\x1b[2J\\u202egone\tfine\n"


PROGRAM = """
import os, subprocess, sys
from hilum.cli.running import run
from hilum_hookspecs import Message, hookimpl
from hilum_hookspecs.cli import CliCommand

class CliPlugin:
    def __init__(self, context):
        self.output = context.output
    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(name="act", summary=Message("a", "b"), build=self.build)
    def build(self):
        import click
        return click.Command("act", callback=self.act)
    def act(self):
        os.write(1, b"stray")
        subprocess.run(["echo", "noise"], check=True)
        self.output.show({"a": "\\u00e9"}, [])

run(["--json", "act"], environ=dict(os.environ), stdin=sys.stdin, stdout=sys.stdout,
    stderr=sys.stderr, plugins={"acme.cli": CliPlugin})
print("after")
"""


def test_what_is_written_to_the_descriptor_does_not_spoil_the_document(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "HILUM_DATA_DIR": str(tmp_path / "data"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )

    document, _brace, after = done.stdout.rpartition("}")
    assert json.loads(document + "}") == {"a": "é"}
    assert after == "\nafter\n"
    assert "straynoise" in done.stderr
