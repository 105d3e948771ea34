"""What the tests of storage and services share: a clock, a database, a plugin's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hilum.host import Host
from hilum.services.certificates import CertificateService
from hilum.services.ehealth_conditions import EhealthConditions
from hilum.services.local_logins import LocalLogins
from hilum.services.login_files import LoginFiles
from hilum.services.providers import ProviderService
from hilum.services.sessions import SessionService
from hilum.services.token_files import TokenFiles
from hilum.services.user_passwords import UserPasswords
from hilum.services.users import UserService
from hilum.storage.database import Database
from hilum.testing.cli import CliRunner
from hilum.testing.fakes import FakeAudit, FakeProgress, FakePrompter
from hilum_ehealth.environments import Environment
from hilum_ehealth.testing.assertions import PHYSIOTHERAPIST as CERTIFIED_ATTRIBUTES
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.testing.people import Person, make_person
from hilum_hookspecs import (
    ActiveCertificate,
    AuthMethod,
    AuthRequest,
    CertificateSource,
    CredentialRejected,
    EhealthSession,
    Finding,
    InamiPeriod,
    LocalLogin,
    Message,
    PasswordRequest,
    PasswordState,
    Profession,
    Provider,
    ProviderDirectory,
    RecordValidator,
    SessionProbe,
    SessionView,
    StorageSpec,
    hookimpl,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class StandingClock:
    """Time that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(NOW)


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


MakeDatabase = Callable[..., Database]


@pytest.fixture
def make_database(data_folder: Path) -> Iterator[MakeDatabase]:
    """Make databases on one file, as one process after the other would."""
    made: list[Database] = []

    def make(*specs: tuple[str, StorageSpec], **options: timedelta) -> Database:
        def declared() -> Sequence[tuple[str, StorageSpec]]:
            return specs

        url = f"sqlite:///{data_folder / 'hilum.db'}"
        made.append(Database(url, declared, data_folder, **options))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


ALICE = "85073003328"
BOB = "80010112379"
PHYSIOTHERAPIST = "physiotherapist"


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki.create(NOW, key="ec")


@pytest.fixture(scope="session")
def people(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    """Two providers with their keystores, by id."""
    folder = tmp_path_factory.mktemp("people")
    return {
        "7": make_person(folder, pki),
        "8": make_person(folder, pki, niss=BOB, name="Bob Example"),
    }


@pytest.fixture
def environment(pki: Pki, tmp_path: Path) -> Environment:
    folder = tmp_path / "trust"
    pki.write_trust(folder)
    return Environment(name="test", endpoints={}, trust_folder=folder)


class Desk:
    """A plugin that has two providers, their certificates, and a method that plays the platform."""

    def __init__(self, pki: Pki, people: dict[str, Person], clock: StandingClock) -> None:
        self.pki, self.people, self.clock = pki, people, clock
        self.professions = (
            Profession(name=PHYSIOTHERAPIST, inami=(InamiPeriod(number="54123426501"),)),
        )
        self.environment = "test"
        self.findings: list[Finding] = []
        self.requests: list[AuthRequest] = []
        self.heard: list[tuple[str, str]] = []
        self.life = timedelta(hours=24)
        self.why_not: Message | None = None
        self.holder: Issued | None = None
        self.answers: list[Exception | None] = []
        self.probed: list[EhealthSession] = []
        self.refusal: Exception | None = None
        self.methods: tuple[tuple[str, int], ...] = (("fallback", 900), ("eid", 10))

    def record(self, provider_id: str) -> Provider:
        return Provider(
            id=provider_id,
            last_name="Example",
            first_names=self.people[provider_id].name.split()[0],
            niss=self.people[provider_id].niss,
            professions=self.professions,
        )

    def token(self, provider_id: str = "7", *, signer: Issued | None = None) -> bytes:
        """Sign a token of now, as the platform would."""
        person = self.people[provider_id]
        about = {
            name: person.niss if value == ALICE else value
            for name, value in CERTIFIED_ATTRIBUTES.items()
        }
        form = AssertionForm(
            holder=(self.holder or person.holder).certificate,
            issued_at=self.clock.now(),
            life=self.life,
            attributes=about,
        )
        return form.signed(signer or self.pki.iam_signer)

    @hookimpl
    def hilum_provider_directories(self) -> Iterator[ProviderDirectory]:
        records = [self.record(provider_id) for provider_id in self.people]
        yield ProviderDirectory(
            name="desk",
            find=lambda text: [record for record in records if text in (record.id, record.niss)],
            all=lambda: records,
        )

    @hookimpl
    def hilum_record_validators(self) -> Iterator[RecordValidator]:
        yield RecordValidator(name="desk", check=lambda records, purpose: self.findings)

    @hookimpl
    def hilum_certificate_sources(self) -> Iterator[CertificateSource]:
        yield CertificateSource(
            name="desk",
            label=Message("acme", "The desk"),
            active=self._active,
            find=lambda folder: (),
        )

    @hookimpl
    def hilum_auth_methods(self) -> Iterator[AuthMethod]:
        for name, rank in self.methods:
            yield AuthMethod(
                name=name,
                label=Message("acme", f"By {name}"),
                authenticate=self._authenticate,
                rank=rank,
                needs=("keystore-password",),
                available=lambda provider: self.why_not,
            )

    @hookimpl
    def hilum_session_probes(self) -> Iterator[SessionProbe]:
        if self.answers:
            yield SessionProbe(name="desk", ask=self._ask)

    @hookimpl
    def hilum_session_opened(self, session: EhealthSession) -> None:
        self.heard.append(("opened", session.id))

    @hookimpl
    def hilum_session_closed(self, session: SessionView) -> None:
        self.heard.append(("closed", session.id))

    def _active(self, provider_id: str, environment: str) -> ActiveCertificate | None:
        if environment != self.environment or provider_id not in self.people:
            return None
        person = self.people[provider_id]
        return ActiveCertificate(
            provider_id=provider_id,
            environment=environment,
            keystore=person.keystore,
            certificate=person.certificate,
            not_before=person.holder.certificate.not_valid_before_utc,
            not_after=person.holder.certificate.not_valid_after_utc,
            stage="no-encryption-key",
        )

    def _authenticate(self, request: AuthRequest) -> EhealthSession:
        self.requests.append(request)
        if self.refusal is not None:
            raise self.refusal
        data = self.token(request.provider.id)
        return EhealthSession(
            id="claimed",
            provider_id="claimed",
            environment="claimed",
            method="claimed",
            profession="claimed",
            opened_at=self.clock.now(),
            not_before=self.clock.now(),
            expires_at=self.clock.now() + timedelta(days=365),
            niss="claimed",
            assertion=data,
            private_key=self.people[request.provider.id].holder.private_key,
        )

    def _ask(self, session: EhealthSession, environment: Environment) -> None:
        self.probed.append(session)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if answer is not None:
            raise answer


class Doorkeeper:
    """A plugin that keeps the passwords of users in memory."""

    def __init__(self, clock: StandingClock) -> None:
        self.clock = clock
        self.kept: dict[str, str] = {}
        self.states: dict[str, PasswordState] = {}
        self.checked: list[str | None] = []
        self.unknown_names: list[str | None] = []

    @hookimpl
    def hilum_local_logins(self) -> Iterator[LocalLogin]:
        yield LocalLogin(
            name="doorkeeper",
            label=Message("acme", "The doorkeeper"),
            verify=self._verify,
            set_password=self._set_password,
            rules=lambda: (),
            state=lambda user_id: self.states.get(user_id, PasswordState()),
            forget=self._forget,
        )

    def _verify(self, request: PasswordRequest) -> None:
        password = request.prompter.secret("account-password", Message("acme", "Password"))
        self.checked.append(request.user_id)
        self.unknown_names.append(request.unknown_name)
        if request.user_id is None or self.kept.get(request.user_id) != password:
            raise CredentialRejected("credential.login-rejected")

    def _set_password(self, request: PasswordRequest) -> None:
        label = Message("acme", "New password")
        assert request.user_id is not None
        self.kept[request.user_id] = request.prompter.new_secret("new-account-password", label)
        self.states[request.user_id] = PasswordState(
            changed_at=self.clock.now(), must_change=request.temporary
        )

    def _forget(self, user_id: str) -> None:
        self.kept.pop(user_id, None)
        self.states.pop(user_id, None)


@pytest.fixture
def doorkeeper(clock: StandingClock) -> Doorkeeper:
    return Doorkeeper(clock)


@pytest.fixture
def desk(pki: Pki, people: dict[str, Person], clock: StandingClock) -> Desk:
    return Desk(pki, people, clock)


@pytest.fixture
def host(desk: Desk) -> Host:
    host = Host()
    host.register(desk, "desk")
    return host


@pytest.fixture
def files(data_folder: Path, environment: Environment) -> TokenFiles:
    return TokenFiles(data_folder / "sessions", environment.name)


@pytest.fixture
def audit(clock: StandingClock) -> FakeAudit:
    return FakeAudit(clock)


@pytest.fixture
def prompter() -> FakePrompter:
    return FakePrompter()


MakeService = Callable[..., SessionService]


@pytest.fixture
def make_service(
    host: Host,
    environment: Environment,
    clock: StandingClock,
    files: TokenFiles,
    audit: FakeAudit,
    prompter: FakePrompter,
) -> MakeService:
    """Make session services on one data folder, as one process after the other would."""

    def make(**changed: object) -> SessionService:
        parts: dict[str, Any] = {
            "host": host,
            "environment": environment,
            "clock": clock,
            "files": files,
            "providers": ProviderService(host),
            "certificates": CertificateService(host, environment),
            "audit": audit,
            "prompter": prompter,
            "progress": FakeProgress(),
        }
        return SessionService(**{**parts, **changed})

    return make


@pytest.fixture
def service(make_service: MakeService) -> SessionService:
    return make_service()


@pytest.fixture
def hilum(tmp_path: Path, clock: StandingClock, desk: Desk, environment: Environment) -> CliRunner:
    """Run ``hilum`` with the desk's plugin, in its environment."""

    class DeskPlugin:
        def __new__(cls, context: object) -> Any:
            return desk

    runner = CliRunner(tmp_path / "hilum", clock)
    runner.plugins = {"desk": DeskPlugin}
    runner.configure(
        '[general]\nenvironment = "test"\n[environments.test]\n'
        f'sts = "https://127.0.0.1:9/sts"\ntrust = "{environment.trust_folder}"\n'
    )
    return runner


@pytest.fixture
def passwords(
    host: Host,
    doorkeeper: Doorkeeper,
    prompter: FakePrompter,
    clock: StandingClock,
    audit: FakeAudit,
) -> UserPasswords:
    """Make the passwords of users, kept by the doorkeeper."""
    host.register(doorkeeper, "doorkeeper")
    progress = FakeProgress()
    logins = LocalLogins(host, prompter, progress)
    return UserPasswords(logins=logins, clock=clock, audit=audit, progress=progress)


@pytest.fixture
def login_files(data_folder: Path, environment: Environment) -> LoginFiles:
    return LoginFiles(data_folder, environment.name)


@pytest.fixture
def users(
    host: Host,
    environment: Environment,
    database: Database,
    clock: StandingClock,
    audit: FakeAudit,
    passwords: UserPasswords,
    prompter: FakePrompter,
    login_files: LoginFiles,
) -> UserService:
    """Make the user service, with the desk's providers and the doorkeeper."""
    providers = ProviderService(host)
    certificates = CertificateService(host, environment)
    return UserService(
        database=database,
        clock=clock,
        audit=audit,
        providers=providers,
        conditions=EhealthConditions(providers, certificates, clock),
        passwords=passwords,
        prompter=prompter,
        login=login_files.login,
    )
