"""Fakes of what the host hands to a plugin; they keep what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hilum_hookspecs import (
    ActiveCertificate,
    CheckResult,
    Choice,
    CommandResult,
    EhealthSession,
    Finding,
    Liveness,
    Message,
    Provider,
    Purpose,
    RecordError,
    SecretMissing,
    SessionError,
    SessionView,
    UserCancelled,
)
from hilum_hookspecs.ports import Clock
from hilum_hookspecs.words import show

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

START = datetime(2030, 1, 2, 9, 0, tzinfo=UTC)
"""When every fake clock starts."""


class StillClock:
    """Time that stands still until the test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def advance(self, **delta: float) -> None:
        """Move the clock: ``advance(minutes=15)``, backwards with a negative number."""
        self._now += timedelta(**delta)

    def set(self, now: datetime) -> None:
        """Move the clock to *now*."""
        self._now = now


class FakePrompter:
    """Answers beforehand, by name; a question without an answer left is an error.

    A single text answers every time, a sequence once each. ``asked`` keeps the names.
    """

    def __init__(
        self,
        secrets: Mapping[str, str | Sequence[str]] | None = None,
        *,
        choices: Mapping[str, str] | None = None,
        confirms: Mapping[str, bool] | None = None,
        cancels: Iterable[str] = (),
        attended: bool = False,
    ) -> None:
        self.asked: list[str] = []
        self.labels: list[str] = []
        self._secrets = dict(secrets or {})
        self._choices = dict(choices or {})
        self._confirms = dict(confirms or {})
        self._cancels = set(cancels)
        self._attended = attended

    def give(self, name: str, *answers: str) -> None:
        """Answer the secret *name*: always with one answer, or once with each of several."""
        self._secrets[name] = answers[0] if len(answers) == 1 else answers

    def cancel(self, name: str) -> None:
        """Walk away when *name* is asked."""
        self._cancels.add(name)

    def secret(self, name: str, label: Message) -> str:
        """Answer a secret; ``SecretMissing`` when there is no answer left."""
        self._heard(name, label)
        answer = self._secrets.get(name)
        if isinstance(answer, str):
            return answer
        if not answer:
            raise SecretMissing(name)
        self._secrets[name] = answer[1:]
        return answer[0]

    def new_secret(self, name: str, label: Message) -> str:
        """Answer a new secret."""
        return self.secret(name, label)

    def choose(self, name: str, label: Message, choices: Sequence[Choice]) -> str:
        """Answer a choice; one that is not offered is an error of the test."""
        self._heard(name, label)
        answer = self._choices.get(name)
        if answer not in [choice.name for choice in choices]:
            raise LookupError(f"no answer for {name}: {[choice.name for choice in choices]}")
        return answer

    def confirm(self, name: str, label: Message) -> bool:
        """Answer yes or no; no, when the test did not say."""
        self._heard(name, label)
        return self._confirms.get(name, False)

    def attended(self) -> bool:
        """Tell what the test said; nobody is there when it did not."""
        return self._attended

    def _heard(self, name: str, label: Message) -> None:
        self.asked.append(name)
        self.labels.append(show(label))
        if name in self._cancels:
            raise UserCancelled


@dataclass
class FakeProgress:
    """Keeps the steps; ``stop`` is the user's wish to stop."""

    steps: list[str] = field(default_factory=list)
    stop: bool = False

    def step(self, message: Message) -> None:
        """Keep the step's words."""
        self.steps.append(show(message))

    def cancelled(self) -> bool:
        """Tell the wish to stop."""
        return self.stop


@dataclass
class MemoryOutput:
    """Keeps what was shown."""

    documents: list[Mapping[str, object]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def show(self, document: Mapping[str, object], lines: Iterable[str]) -> None:
        """Keep a result."""
        self.documents.append(document)
        self.lines.extend(lines)

    def stream(self, document: Mapping[str, object], line: str) -> None:
        """Keep one of many results."""
        self.show(document, [line])

    def note(self, text: str) -> None:
        """Keep a note."""
        self.notes.append(text)


@dataclass
class FakeAudit:
    """Keeps entries: (instant, action, provider's id, data)."""

    clock: Clock = field(default_factory=StillClock)
    entries: list[tuple[datetime, str, str | None, dict[str, object]]] = field(default_factory=list)

    def record(self, action: str, *, provider_id: str | None = None, **data: object) -> None:
        """Keep an entry."""
        self.entries.append((self.clock.now(), action, provider_id, data))

    def count(self, action: str, *, provider_id: str, since: datetime, **data: object) -> int:
        """Count entries."""
        return sum(
            1
            for at, done, provider, kept in self.entries
            if (done, provider) == (action, provider_id)
            and at >= since
            and all(kept.get(name) == value for name, value in data.items())
        )


class FakeStorage:
    """A database in memory with the tables that the test names; for one thread at a time."""

    def __init__(self, *tables: Callable[[], MetaData]) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        self._engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        for metadata in tables:
            metadata().create_all(self._engine)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction."""
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Forget everything."""
        self._engine.dispose()


@dataclass
class FakeProviders:
    """Records and findings that the test names."""

    records: list[Provider] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def find(self, text: str) -> Provider:
        """Return the record whose id or NISS is *text*."""
        for record in self.records:
            if text in (record.id, record.niss):
                return record
        raise RecordError("record.not-found", text=text)

    def all(self) -> Sequence[Provider]:
        """Return every record, by name."""
        return sorted(self.records, key=lambda record: (record.last_name, record.first_names))

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Sequence[Finding]:
        """Return the findings about *records*."""
        ids = {record.id for record in records}
        return [finding for finding in self.findings if finding.provider_id in ids]


@dataclass
class FakeCertificates:
    """Active certificates by provider's id."""

    by_provider: dict[str, ActiveCertificate] = field(default_factory=dict)

    def active(self, provider_id: str) -> ActiveCertificate | None:
        """Return the provider's certificate."""
        return self.by_provider.get(provider_id)


@dataclass
class FakeSessions:
    """Sessions and answers of checks that the test names."""

    local: dict[str, SessionView] = field(default_factory=dict)
    opened: dict[str, EhealthSession] = field(default_factory=dict)
    answers: list[CheckResult] = field(default_factory=list)
    """What the next checks answer, in order; without any the session is alive."""

    checks: list[tuple[str, bool]] = field(default_factory=list)
    openings: list[dict[str, str | None]] = field(default_factory=list)
    """How each session was to be opened that ``opens`` made."""

    opens: Callable[[str], EhealthSession] | None = None
    """Makes the session of a provider's id, or raises why there is none."""

    clock: Clock = field(default_factory=StillClock)

    def view(self, provider_id: str) -> SessionView | None:
        """Return the local view."""
        return self.local.get(provider_id)

    def views(self) -> Sequence[SessionView]:
        """Return every local view."""
        return list(self.local.values())

    def load(self, provider_id: str) -> EhealthSession:
        """Return the open session."""
        if provider_id not in self.opened:
            raise SessionError("session.none", provider=provider_id)
        return self.opened[provider_id]

    def ready(
        self,
        provider_id: str,
        *,
        method: str | None = None,
        reason: str | None = None,
        profession: str | None = None,
    ) -> EhealthSession:
        """Return the open session, else one that ``opens`` makes."""
        if provider_id not in self.opened and self.opens is not None:
            self.openings.append({"method": method, "reason": reason, "profession": profession})
            self.opened[provider_id] = self.opens(provider_id)
        return self.load(provider_id)

    def check(self, provider_id: str, *, probe: bool = False) -> CheckResult:
        """Keep the question and give the next answer."""
        self.checks.append((provider_id, probe))
        if self.answers:
            return self.answers.pop(0)
        view = self.local.get(provider_id)
        if view is None:
            raise SessionError("session.none", provider=provider_id)
        return CheckResult(
            liveness=Liveness.ALIVE, checked_at=self.clock.now(), expires_at=view.expires_at
        )


@dataclass
class FakeCommandLine:
    """Keeps what was run and answers with the results that the test names, else with success."""

    results: list[CommandResult] = field(default_factory=list)
    calls: list[tuple[str, ...]] = field(default_factory=list)

    def run(
        self,
        arguments: Sequence[str],
        *,
        secrets: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        on_step: Callable[[str], None] | None = None,
    ) -> CommandResult:
        """Keep the arguments and give the next result."""
        self.calls.append(tuple(arguments))
        success = CommandResult(exit_code=0, output="{}", errors="")
        return self.results.pop(0) if self.results else success


if TYPE_CHECKING:
    from hilum_hookspecs import ports

    _PORTS: tuple[
        ports.Clock,
        ports.Prompter,
        ports.Progress,
        ports.Output,
        ports.Audit,
        ports.Storage,
        ports.Providers,
        ports.Certificates,
        ports.Sessions,
        ports.CommandLine,
    ] = (
        StillClock(),
        FakePrompter(),
        FakeProgress(),
        MemoryOutput(),
        FakeAudit(),
        FakeStorage(),
        FakeProviders(),
        FakeCertificates(),
        FakeSessions(),
        FakeCommandLine(),
    )  # the type checker holds every fake to its port
