"""The doctor's chain from the smart card service to the keys."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum.testing.contracts import HealthCheckContract
from hilum.testing.fakes import START
from hilum_ehealth.card.frames import pack
from hilum_ehealth.card.pkcs11 import Pkcs11Readers, open_pkcs11
from hilum_ehealth.card.service import SOCKET_VARIABLE
from hilum_ehealth.card.slots import Slot, Token
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.testing.token import load_card, softhsm_library, softhsm_settings
from hilum_ehealth_auth.card_service import CardService
from hilum_ehealth_auth.health import CardHealth
from hilum_ehealth_auth.plugin import Plugin
from hilum_ehealth_auth.software_card import software_readers
from hilum_hookspecs import HealthState
from hilum_hookspecs.words import show

MODULE = softhsm_library()
needs_softhsm = pytest.mark.skipif(MODULE is None, reason="SoftHSM is not installed")


@pytest.fixture(scope="session")
def pki():
    return Pki.create(START, key="ec")


@pytest.fixture
def pcscd(tmp_path):
    """Listen where pcscd would."""
    path = tmp_path / "pcscd.comm"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        yield CardService("linux", {SOCKET_VARIABLE: str(path)})


@pytest.fixture
def no_pcscd(tmp_path):
    return CardService("linux", {SOCKET_VARIABLE: str(tmp_path / "nobody")})


@pytest.fixture
def look(hilum_context):
    """Look along the chain until it fails; returns (name, answer or error) of every link seen."""

    def looking(service, **settings):
        context = hilum_context(Plugin, settings=settings)
        check = CardHealth(context, service=service).check()
        return follow(check)

    return looking


def follow(check):
    seen = {}
    try:
        for link in check.links:
            try:
                seen[link.name] = link.look(lambda: False)
            except Exception as error:  # noqa: BLE001  # the host turns it into a failure
                seen[link.name] = error
                break
            if seen[link.name].state is HealthState.FAILED:
                break
    finally:
        check.close()
    return seen


def last(seen):
    *_, name = seen
    return name, seen[name]


class TestService:
    def test_one_that_listens_is_well(self, pcscd):
        assert pcscd.look().state is HealthState.OK

    def test_one_that_is_not_there_says_how_to_get_it(self, no_pcscd):
        answer = no_pcscd.look()

        assert answer.state is HealthState.FAILED
        assert "pcscd" in show(answer.cause)
        assert "Install it" in show(answer.remedy)

    def test_a_socket_that_nobody_answers_is_told_too(self, tmp_path):
        path = tmp_path / "pcscd.comm"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))

        answer = CardService("linux", {SOCKET_VARIABLE: str(path)}).look()

        assert (answer.state, answer.data["problem"]) == (
            HealthState.FAILED,
            "ConnectionRefusedError",
        )

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_other_systems_bring_their_own(self, platform):
        assert CardService(platform, {}).look().state is HealthState.NOT_APPLICABLE


def test_with_nothing_installed_service_and_software_are_both_named(look, no_pcscd, monkeypatch):
    monkeypatch.setattr("hilum_ehealth.card.modules.known_modules", lambda: (Path("/none/a"),))

    seen = look(no_pcscd)

    assert seen["service"].state is HealthState.WARNING
    assert "pcscd" in show(seen["service"].remedy)
    assert (last(seen)[0], last(seen)[1].code) == ("module", "card.middleware-not-found")


@pytest.mark.attack("C4")
def test_with_the_service_alone_the_software_is_missing(look, pcscd, monkeypatch):
    monkeypatch.setattr("hilum_ehealth.card.modules.known_modules", lambda: (Path("/none/a"),))

    name, error = last(look(pcscd))

    assert (name, error.code) == ("module", "card.middleware-not-found")


@pytest.mark.attack("C4")
def test_a_module_that_is_not_there_is_named(look, pcscd):
    name, error = last(look(pcscd, pkcs11_module="/none/libbeidpkcs11.so"))

    assert (name, error.code) == ("module", "card.middleware-not-found")
    assert error.details["named"] == "/none/libbeidpkcs11.so"


@pytest.mark.attack("C4")
def test_a_library_that_is_no_module_is_named(look, pcscd):
    name, error = last(look(pcscd, pkcs11_module=_libc()))

    assert (name, error.code) == ("module", "card.middleware-unloadable")
    assert error.details["problem"] == "C_GetFunctionList not found"


class TestHanging:
    """The card's process never answers, as when a library hangs in it."""

    @pytest.fixture
    def opened(self):
        opened = []
        yield opened
        assert [readers.helper for readers in opened] == [None] * len(opened)

    @pytest.fixture
    def check(self, hilum_context, pcscd, opened):
        hanging = (sys.executable, "-c", "import time; time.sleep(60)")

        def opening(module, *, timeout, cancelled):
            limit = timedelta(seconds=0.3)
            opened.append(
                Pkcs11Readers(module, timeout=limit, cancelled=cancelled, command=hanging)
            )
            return opened[-1]

        context = hilum_context(Plugin, settings={"pkcs11_module": __file__})
        return CardHealth(context, service=pcscd, open_readers=opening).check()

    @pytest.mark.attack("C4")
    def test_a_module_that_hangs_is_named_and_its_process_ended(self, check):
        name, error = last(follow(check))

        assert (name, error.code) == ("module", "card.timeout")

    @pytest.mark.attack("C4")
    def test_a_look_that_is_told_to_end_leaves_no_process(self, check):
        module = next(link for link in check.links if link.name == "module")

        with pytest.raises(EhealthError) as caught:
            module.look(lambda: True)
        check.close()

        assert caught.value.code == "cancelled"


@pytest.mark.attack("C4")
def test_a_file_that_is_no_library_is_named(look, pcscd, tmp_path):
    module = tmp_path / "module.so"
    module.write_text("no library")

    name, error = last(look(pcscd, pkcs11_module=str(module)))

    assert (name, error.code) == ("module", "card.middleware-unloadable")


def _libc():
    """Find the C library, which is a library and no PKCS#11 module."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return next(line.split()[-1] for line in lines if "/libc.so" in line or "/libc-" in line)


def test_a_card_in_a_file_needs_no_reader(hilum_context, hilum_alice, pcscd):
    context = hilum_context(Plugin, settings={"software_card": str(hilum_alice.card)})

    seen = follow(CardHealth(context, service=pcscd).check())

    assert list(seen) == ["card", "tries"]
    assert {answer.state for answer in seen.values()} == {HealthState.OK}


@pytest.mark.attack("C1")
@pytest.mark.parametrize(
    ("used", "state", "left"),
    [
        (0, HealthState.OK, 3),
        (1, HealthState.OK, 2),
        (2, HealthState.WARNING, 1),
        (3, HealthState.FAILED, 0),
    ],
)
def test_tries_that_are_used_up_are_told(hilum_context, hilum_alice, pcscd, used, state, left):
    context = hilum_context(Plugin, settings={"software_card": str(hilum_alice.card)})
    (card,) = software_readers(hilum_alice.card, context.environment).cards()
    key = sha256(card.serial.encode()).hexdigest()[:32]
    (context.folder() / "pin-tries.json").write_text(json.dumps({key: used}), encoding="ascii")

    answer = follow(CardHealth(context, service=pcscd).check())["tries"]

    assert (answer.state, answer.data) == (state, {"left": left})


def test_a_card_in_a_file_is_refused_in_ehealths_own_environments(
    hilum_context, hilum_alice, pcscd, tmp_path
):
    from hilum_ehealth.environments import built_in

    context = hilum_context(
        Plugin,
        settings={"software_card": str(hilum_alice.card)},
        environment=built_in("acceptance", tmp_path),
    )

    _name, error = last(follow(CardHealth(context, service=pcscd).check()))

    assert error.code == "settings.software-card-refused"


@pytest.mark.softhsm
@needs_softhsm
class TestWithToken:
    """SoftHSM as the reader: real PKCS#11 in the card's process."""

    @pytest.fixture
    def card(self, pki):
        return pki.citizen(niss="85073003328", given_names=("Alice",), surname="Example")

    @pytest.fixture(autouse=True)
    def _store(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm_settings(tmp_path)))

    @pytest.fixture
    def context(self, hilum_context, pki):
        context = hilum_context(Plugin, settings={"pkcs11_module": str(MODULE)})
        pki.write_trust(context.environment.trust_folder)
        return context

    def insert(self, card, **parts):
        options = {
            "authentication": (card.authentication.private_key, card.authentication.certificate),
            "signature": (card.signature.private_key, card.signature.certificate),
            "ca": card.ca,
            "root": card.root,
        }
        load_card(MODULE, pin="4711", **(options | parts))

    def follow(self, context, service):
        return follow(CardHealth(context, service=service).check())

    def test_a_card_that_is_in_is_well_to_its_keys(self, context, no_pcscd, card):
        self.insert(card)

        seen = self.follow(context, no_pcscd)

        assert list(seen) == [
            *("service", "module", "reader", "card", "kind", "version", "certificates", "keys"),
            "tries",
        ]
        assert seen.pop("service").state is HealthState.NOT_APPLICABLE
        assert {answer.state for answer in seen.values()} == {HealthState.OK}
        assert seen["module"].data["manufacturer"] == "SoftHSM"
        assert seen["kind"].data["key"] == "p-384"
        assert seen["certificates"].data["trusted"] is True

    def test_what_it_says_names_nobody(self, context, no_pcscd, card):
        self.insert(card)

        shown = repr(self.follow(context, no_pcscd))

        assert not [secret for secret in ("85073003328", "Alice", "4711") if secret in shown]

    def test_a_card_that_is_out_is_the_first_thing_missing(self, context, no_pcscd):
        name, error = last(self.follow(context, no_pcscd))

        assert (name, error.code) == ("card", "card.not-present")

    def test_another_card_is_told_apart(self, context, no_pcscd):
        load_card(MODULE, pin="4711", authentication=None, label="Bank card")

        name, error = last(self.follow(context, no_pcscd))

        assert (name, error.code) == ("kind", "card.foreign-token")

    def test_a_childs_card_has_no_certificate_to_log_in_with(self, context, no_pcscd, card):
        self.insert(card, authentication=None)

        name, error = last(self.follow(context, no_pcscd))

        assert (name, error.code) == ("certificates", "card.no-certificate")

    def test_a_card_without_signature_certificate_can_open_sessions_alone(
        self, context, no_pcscd, card
    ):
        self.insert(card, signature=None)

        seen = self.follow(context, no_pcscd)

        assert seen["certificates"].state is HealthState.WARNING
        assert seen["keys"].state is HealthState.OK

    def test_certificates_that_ended_are_told_with_their_day(
        self, context, no_pcscd, card, hilum_clock
    ):
        self.insert(card)
        hilum_clock.set(card.authentication.certificate.not_valid_after_utc + timedelta(days=1))

        name, answer = last(self.follow(context, no_pcscd))

        assert (name, answer.state) == ("certificates", HealthState.FAILED)
        assert "ended on" in show(answer.cause)

    def test_a_card_of_another_authority_is_a_warning(self, context, no_pcscd, card, tmp_path):
        self.insert(card)
        Pki.create(START, key="ec").write_trust(tmp_path / "other")
        other = replace(context.environment, trust_folder=tmp_path / "other")

        seen = self.follow(replace(context, environment=other), no_pcscd)

        assert seen["certificates"].state is HealthState.WARNING
        assert seen["certificates"].data["problem"] == "certificate.untrusted"

    def test_without_anchors_the_issuer_is_left_open(self, context, no_pcscd, card, tmp_path):
        self.insert(card)
        other = replace(context.environment, trust_folder=tmp_path / "none")

        seen = self.follow(replace(context, environment=other), no_pcscd)

        assert seen["certificates"].state is HealthState.OK
        assert seen["certificates"].data["trusted"] is None

    def test_a_reader_that_the_settings_name_and_is_not_there_is_told(
        self, hilum_context, no_pcscd, card
    ):
        self.insert(card)
        context = hilum_context(
            Plugin, settings={"pkcs11_module": str(MODULE), "reader": "Other reader"}
        )

        name, error = last(self.follow(context, no_pcscd))

        assert (name, error.code) == ("reader", "card.no-reader")

    def test_no_process_is_left(self, context, no_pcscd, card):
        self.insert(card)
        opened = []

        def opening(*arguments, **options):
            opened.append(open_pkcs11(*arguments, **options))
            return opened[-1]

        check = CardHealth(context, service=no_pcscd, open_readers=opening).check()
        follow(check)

        assert [readers.helper for readers in opened] == [None]


class PlayedReaders:
    """A module that says of itself what the test says, with a card in its reader."""

    helper = None

    def __init__(self, card, *, description, version, keys=("Authentication", "Signature")):
        self._library = {"description": description, "manufacturer": "", "version": version}
        self._certificates = {
            label: pack(certificate.public_bytes(Encoding.DER))
            for label, certificate in (
                ("Authentication", card.authentication.certificate),
                ("Signature", card.signature.certificate),
                ("CA", card.ca),
            )
        }
        self._keys = list(keys)

    def slots(self):
        token = Token(
            label="BELPIC",
            model="Belgium eID",
            serial="11111111AAAAAAAA",
            initialised=True,
            pin_pad=False,
            login_required="Authentication" not in self._keys,
        )
        slot = Slot(
            number=0,
            reader="ACR38 00 00",
            present=True,
            removable=True,
            token=token,
            ckr=None,
            function="",
        )
        return [slot]

    def choose(self, reader):
        return self.slots()[0]

    def open_session(self, slot):
        return 1

    def ask(self, do, **arguments):
        return {
            "library": self._library,
            "certificates": self._certificates,
            "keys": self._keys,
        }[do]

    def close(self):
        pass


class TestPlayed:
    @pytest.fixture
    def card(self, pki):
        return pki.citizen(niss="85073003328", given_names=("Alice",), surname="Example")

    def follow(self, hilum_context, pcscd, readers):
        context = hilum_context(Plugin, settings={"pkcs11_module": __file__})
        opening = lambda *arguments, **options: readers  # noqa: E731
        return follow(CardHealth(context, service=pcscd, open_readers=opening).check())

    @pytest.mark.parametrize(
        ("description", "version"),
        [("OpenSC smartcard framework", [0, 23]), ("Belgium eID PKCS#11 interface v2", [4, 4])],
    )
    def test_software_too_old_for_a_newer_card_says_update(
        self, description, version, hilum_context, pcscd, card
    ):
        readers = PlayedReaders(card, description=description, version=version)

        name, answer = last(self.follow(hilum_context, pcscd, readers))

        assert (name, answer.state) == ("version", HealthState.FAILED)
        assert "too old" in show(answer.cause)
        assert "Update" in show(answer.remedy)

    def test_a_module_that_sees_no_reader_without_the_service_blames_it(
        self, hilum_context, no_pcscd, card
    ):
        readers = PlayedReaders(card, description="Other", version=[1, 0])
        readers.slots = list

        name, answer = last(self.follow(hilum_context, no_pcscd, readers))

        assert (name, answer.state) == ("service", HealthState.FAILED)

    def test_keys_that_hide_until_the_pin_are_no_failure(self, hilum_context, pcscd, card):
        readers = PlayedReaders(card, description="Other", version=[1, 0], keys=())

        seen = self.follow(hilum_context, pcscd, readers)

        assert seen["keys"].state is HealthState.OK
        assert "after the PIN" in show(seen["keys"].cause)


class TestContract(HealthCheckContract):
    @pytest.fixture
    def check(self, hilum_context, hilum_alice, hilum_host):
        context = hilum_context(Plugin, settings={"software_card": str(hilum_alice.card)})
        hilum_host.register(Plugin(context), "ehealth_auth")
        (check,) = hilum_host.collect("hilum_health_checks")
        return check
