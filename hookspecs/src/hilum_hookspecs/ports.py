"""What the host hands to plugins, as protocols: a test can pass fakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .certificates import ActiveCertificate
    from .records import Finding, Provider, Purpose
    from .sessions import CheckResult, EhealthSession, SessionView
    from .words import Message


class Clock(Protocol):
    """The only source of the time of day."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a user can choose."""

    name: str
    label: Message


class Prompter(Protocol):
    """Asks the user. Each front has its own; scripts answer beforehand, by name.

    Every method raises :class:`~hilum_hookspecs.errors.UserCancelled` when the user walks away.
    """

    def secret(self, name: str, label: Message) -> str:
        """Ask for a secret at the moment of use; keep it no longer than the use.

        Hilum's own names: ``keystore-password``, ``new-keystore-password``, ``eid-pin``,
        ``account-password``, ``new-account-password``, ``database-password``, ``token-so-pin``. A
        plugin may ask for others; ``--secret NAME=env:VARIABLE`` answers each by its name. Raises
        ``SecretMissing`` when nobody can be asked.
        """
        ...

    def new_secret(self, name: str, label: Message) -> str:
        """Ask for a new secret, typed twice."""
        ...

    def choose(self, name: str, label: Message, choices: Sequence[Choice]) -> str:
        """Ask for one of *choices*; returns its name."""
        ...

    def confirm(self, name: str, label: Message) -> bool:
        """Ask yes or no; without anybody to ask the answer is no."""
        ...

    def attended(self) -> bool:
        """Tell whether somebody is there who can be asked, or do something with a card."""
        ...


class Progress(Protocol):
    """Shows the steps of long work and carries the wish to stop it."""

    def step(self, message: Message) -> None:
        """Say what begins now."""
        ...

    def cancelled(self) -> bool:
        """Tell whether the user wants to stop; ask often."""
        ...


class Output(Protocol):
    """Shows results: as words for a person or as one JSON document for a script."""

    def show(self, document: Mapping[str, object], lines: Iterable[str]) -> None:
        """Show the result of a command, once: *document* in JSON, else *lines*."""
        ...

    def stream(self, document: Mapping[str, object], line: str) -> None:
        """Show one of many results as it comes (one JSON document a line)."""
        ...

    def note(self, text: str) -> None:
        """Say something beside the result; never part of it (standard error, unless quiet)."""
        ...


class Storage(Protocol):
    """The common database."""

    def begin(self) -> AbstractContextManager[Connection]:
        """Open a transaction: committed when the block ends, undone when it raises."""
        ...


class Audit(Protocol):
    """The append-only record of who did what."""

    def record(self, action: str, *, provider_id: str | None = None, **data: object) -> None:
        """Append an entry, e.g. ``certificate.imported``; *data* is JSON-able, never a secret."""
        ...

    def count(self, action: str, *, provider_id: str, since: datetime, **data: object) -> int:
        """Count entries of *action* since an instant whose data hold *data*."""
        ...


class Providers(Protocol):
    """Provider records of every directory, and the checks of every validator."""

    def find(self, text: str) -> Provider:
        """Return the one record whose id, NISS or INAMI number is *text*.

        Raises ``RecordError`` (``record.not-found``, ``record.ambiguous``).
        """
        ...

    def all(self) -> Sequence[Provider]:
        """Return every record, by name."""
        ...

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Sequence[Finding]:
        """Run every validator over the batch."""
        ...


class Certificates(Protocol):
    """Certificates of every source."""

    def active(self, provider_id: str) -> ActiveCertificate | None:
        """Return the active certificate in the environment of now."""
        ...


class Sessions(Protocol):
    """Sessions on this computer, in the environment of now."""

    def view(self, provider_id: str) -> SessionView | None:
        """Return the local view of a provider's session; reads one small file."""
        ...

    def views(self) -> Sequence[SessionView]:
        """Return the local views of all sessions."""
        ...

    def load(self, provider_id: str) -> EhealthSession:
        """Return the session, its token checked as strictly as on arrival.

        Raises ``SessionError`` (``session.none``, ``session.over``, ``session.token-refused``).
        """
        ...

    def ready(
        self,
        provider_id: str,
        *,
        method: str | None = None,
        reason: str | None = None,
        profession: str | None = None,
    ) -> EhealthSession:
        """Return a session with its ``private_key``: the living one, else one opened now.

        The host asks for the secrets: what the method needs to open one, for a living session the
        keystore's password alone, once per process. *method* and *reason* say how one is opened;
        a living session for another *profession* is replaced. Takes seconds; raises what opening
        raises (``record.*``, ``certificate.*``, ``session.*``, ``card.*``, ``ehealth.*`` ...).
        """
        ...

    def check(self, provider_id: str, *, probe: bool = False) -> CheckResult:
        """Check whether the session lives: locally, and with *probe* by asking the platform."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a command line gave."""

    exit_code: int
    output: str
    errors: str


class CommandLine(Protocol):
    """Runs our own command line inside this process, for demonstrations and tests."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        secrets: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        on_step: Callable[[str], None] | None = None,
    ) -> CommandResult:
        """Run ``hilum ARGUMENTS`` with a host of its own.

        *secrets* are answered by name; *clock* replaces the computer's; *on_step* hears the steps.
        """
        ...
