"""Hook specifications that every front calls.

All hooks run in the thread that asks, one plugin after the other by plugin name. A hook that
raises costs only its plugin: the failure is said on standard error, logged, recorded under the
plugin's name and shown by ``hilum plugins list``; the others are still asked. A plugin that
cannot be imported or made is such a failure too, and stops nobody: what it would have offered is
not known.

A contribution whose fields are not of the declared types is refused, and so is what its callables
return: also members of a ``tuple``, keys of a mapping and fields of a value inside. A ``set`` does
for a ``frozenset``, a ``list`` not for a ``tuple``; what a callable takes is seen when it is
called, and classes that are not of the contract are not looked at. Names are small letters, digits,
``-`` and ``_``. When a plugin offers a name that one of Hilum's own offers, Hilum's is used. A hook
that gives ``None`` offers nothing. No hook parameter ever holds a secret.

A hook returns quickly: a plugin of a third party that takes longer than ten seconds is named on
standard error. It prints nothing, because standard output is for results, and leaves no thread
running. What hears of an event returns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    from .certificates import CertificateSource
    from .health import HealthCheck
    from .logins import LocalLogin
    from .records import ProviderDirectory, RecordValidator
    from .sessions import AuthMethod, EhealthSession, SessionProbe, SessionView
    from .status import StatusIndicator
    from .storage import StorageSpec


class DomainSpecs:
    """What the platform exists for, and what its parts tell each other."""

    @hookspec
    def hilum_auth_methods(self) -> Iterable[AuthMethod]:
        """Offer ways to open an eHealth session.

        Called when a session is to be opened or the methods are listed. Return quickly and touch
        no hardware: that belongs in ``AuthMethod.authenticate``. Two methods of one name are
        refused, both plugins named.

        Example::

            >>> from hilum_hookspecs import AuthMethod, EhealthSession, hookimpl
            >>> from hilum_hookspecs.words import Message
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_auth_methods(self):
            ...         label = Message("acme", "Via the practice server")
            ...         yield AuthMethod(name="server", label=label, authenticate=self._open)
            ...
            ...     def _open(self, request) -> EhealthSession: ...
            >>> [method.name for method in Plugin().hilum_auth_methods()]
            ['server']
        """
        return ()

    @hookspec
    def hilum_local_logins(self) -> Iterable[LocalLogin]:
        """Offer to check the passwords of users, for a log-in without eHealth.

        Called when somebody logs in with a password, and when one is set, shown or forgotten. The
        one of the lowest rank is used, by name among equals. Its callables are handed the prompter
        and ask for the password themselves.

        Example::

            >>> from hilum_hookspecs import CredentialRejected, LocalLogin, PasswordState, hookimpl
            >>> from hilum_hookspecs.words import Message
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_local_logins(self):
            ...         yield LocalLogin(
            ...             name="directory",
            ...             label=Message("acme", "The practice's directory"),
            ...             verify=self._verify,
            ...             set_password=lambda request: None,
            ...             rules=lambda: (),
            ...             state=lambda user_id: PasswordState(),
            ...             forget=lambda user_id: None,
            ...         )
            ...
            ...     def _verify(self, request):
            ...         label = Message("acme", "Password")
            ...         if request.prompter.secret("account-password", label) != "as kept there":
            ...             raise CredentialRejected("credential.login-rejected")
            >>> [login.name for login in Plugin().hilum_local_logins()]
            ['directory']
        """
        return ()

    @hookspec
    def hilum_certificate_sources(self) -> Iterable[CertificateSource]:
        """Offer places where eHealth certificates are kept.

        Called before a session is opened and by the certificate screens. The first source, by
        plugin name, that knows an active certificate of a provider is used. A source that is broken
        is passed over and is the failure only when no other one knows a certificate; an error of
        ours that it raises is an answer and ends the search.

        Example::

            >>> from hilum_hookspecs import CertificateSource, hookimpl
            >>> from hilum_hookspecs.words import Message
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_certificate_sources(self):
            ...         yield CertificateSource(
            ...             name="vault",
            ...             label=Message("acme", "The practice's vault"),
            ...             active=lambda provider_id, environment: None,
            ...             find=lambda folder: (),
            ...         )
            >>> [source.name for source in Plugin().hilum_certificate_sources()]
            ['vault']
        """
        return ()

    @hookspec
    def hilum_record_validators(self) -> Iterable[RecordValidator]:
        """Offer checks of provider records.

        Called before records are saved (``Purpose.SAVE``) and before a session is opened
        (``Purpose.EHEALTH_LOGIN``), with all records in one batch. A finding of severity error
        stops the purpose; so does a validator that raises, and so does a plugin that takes part in
        this hook and whose validators could not be collected (``record.validator-failed``).

        Example::

            >>> from hilum_hookspecs import Finding, Provider, Purpose, RecordValidator, hookimpl
            >>> from hilum_hookspecs.words import Message
            >>> def has_email(records, purpose):
            ...     for record in records:
            ...         if not record.email:
            ...             yield Finding(
            ...                 provider_id=record.id,
            ...                 code="acme.email-missing",
            ...                 message=Message("acme", "An e-mail address is missing"),
            ...             )
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_record_validators(self):
            ...         yield RecordValidator(name="email", check=has_email)
            >>> (validator,) = Plugin().hilum_record_validators()
            >>> [f.code for f in validator.check([Provider(id="1", last_name="X")], Purpose.SAVE)]
            ['acme.email-missing']
        """
        return ()

    @hookspec
    def hilum_status_indicators(self) -> Iterable[StatusIndicator]:
        """Offer lamps for the status bar and for ``hilum session status``.

        Called once when a front starts. ``read`` is called often and must answer from what is
        known on this computer, without network, card or database.

        Example::

            >>> from hilum_hookspecs import Status, StatusIndicator, StatusState, hookimpl
            >>> from hilum_hookspecs.words import Message
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_status_indicators(self):
            ...         status = Status(state=StatusState.ACTIVE, words=Message("acme", "open"))
            ...         yield StatusIndicator(
            ...             name="practice",
            ...             label=Message("acme", "Practice"),
            ...             read=lambda provider_id: status,
            ...         )
            >>> [i.read("1").state.value for i in Plugin().hilum_status_indicators()]
            ['active']
        """
        return ()

    @hookspec
    def hilum_provider_directories(self) -> Iterable[ProviderDirectory]:
        """Offer places where provider records live.

        Called whenever a record is looked up; all directories are asked. A record found in two
        directories is refused as ambiguous. A directory that fails is passed over while another
        one has the record.

        Example::

            >>> from hilum_hookspecs import Provider, ProviderDirectory, hookimpl
            >>> staff = (Provider(id="7", last_name="Example"),)
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_provider_directories(self):
            ...         yield ProviderDirectory(
            ...             name="hr",
            ...             find=lambda text: [p for p in staff if p.id == text],
            ...             all=lambda: staff,
            ...         )
            >>> (directory,) = Plugin().hilum_provider_directories()
            >>> [provider.last_name for provider in directory.find("7")]
            ['Example']
        """
        return ()

    @hookspec
    def hilum_session_probes(self) -> Iterable[SessionProbe]:
        """Offer questions that tell whether the platform still accepts a session.

        Called by a check that may use the network. All probes are asked; the first that is
        refused means "over", the first that cannot reach the platform means "unknown".

        Example::

            >>> from hilum_hookspecs import SessionProbe, hookimpl
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_session_probes(self):
            ...         yield SessionProbe(name="box", ask=lambda session, environment: None)
            >>> [probe.name for probe in Plugin().hilum_session_probes()]
            ['box']
        """
        return ()

    @hookspec
    def hilum_health_checks(self) -> Iterable[HealthCheck]:
        """Offer what ``hilum doctor`` should look at.

        Called at each run of the doctor, so that its looks may share what one run found. Return
        quickly: looking belongs in ``HealthLink.look``, which runs in a thread of its check while
        the other checks run in theirs. A look that raises, or that does not end in its time, is a
        failure of that link alone.

        Example::

            >>> from hilum_hookspecs import HealthAnswer, HealthCheck, HealthLink, HealthState
            >>> from hilum_hookspecs import hookimpl
            >>> from hilum_hookspecs.words import Message
            >>> def look(cancelled):
            ...     cause = Message("acme", "The practice's server answers.")
            ...     return HealthAnswer(state=HealthState.OK, cause=cause)
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_health_checks(self):
            ...         label = Message("acme", "Practice's server")
            ...         link = HealthLink(name="answer", label=label, look=look)
            ...         yield HealthCheck(name="acme-server", label=label, links=(link,))
            >>> (check,) = Plugin().hilum_health_checks()
            >>> [link.look(lambda: False).state.value for link in check.links]
            ['ok']
        """
        return ()

    @hookspec
    def hilum_storage(self) -> Iterable[StorageSpec]:
        """Declare tables in the common database.

        Called when the database is first opened. Import SQLAlchemy inside ``metadata``. Tables that
        cannot be made, or are of another revision, are missing to their plugin alone: its own
        ``storage.begin()`` raises why.

        Example::

            >>> from pathlib import Path
            >>> from hilum_hookspecs import StorageSpec, hookimpl
            >>> def tables():
            ...     from sqlalchemy import Column, Integer, MetaData, Table
            ...     metadata = MetaData()
            ...     Table("acme_visit", metadata, Column("id", Integer, primary_key=True))
            ...     return metadata
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_storage(self):
            ...         folder = Path("migrations")
            ...         yield StorageSpec(metadata=tables, migrations=folder, head="acme_0001")
            >>> [spec.head for spec in Plugin().hilum_storage()]
            ['acme_0001']
        """
        return ()

    @hookspec
    def hilum_session_opened(self, session: EhealthSession) -> None:
        """Hear that a session was opened or renewed; nobody can veto.

        Called once per opening, not when a living session is used again. The session's token and
        key are in it: keep neither.

        Example::

            >>> from hilum_hookspecs import hookimpl
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_session_opened(self, session):
            ...         self.ends[session.provider_id] = session.expires_at
        """

    @hookspec
    def hilum_session_closed(self, session: SessionView) -> None:
        """Hear that a session was closed by the user; its token is gone already.

        Example::

            >>> from hilum_hookspecs import hookimpl
            >>> class Plugin:
            ...     @hookimpl
            ...     def hilum_session_closed(self, session):
            ...         del self.ends[session.provider_id]
        """
