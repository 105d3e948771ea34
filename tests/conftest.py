"""A practice at the simulated platform: everything installed, real commands, real TLS."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "Correct-Horse-7"
PIN = "2580"
ALICE = "85073003328"
BOB = "17073003384"


@dataclass
class Practice:
    """Runs ``hilum`` in one data folder against the simulator."""

    cli: Any
    simulator: Any
    folder: Path
    secrets: dict[str, str] = field(
        default_factory=lambda: {"keystore-password": PASSWORD, "eid-pin": PIN}
    )
    settings: dict[str, str] = field(default_factory=dict)

    def write_settings(self) -> None:
        environment = self.simulator.environment
        self.cli.configure(
            f"""
[environments.other]
sts = "{environment.endpoints["sts"]}"
ehbox_consultation = "{environment.endpoints["ehbox-consultation"]}"
trust = "{environment.trust_folder}"
signer_prefix = "{environment.signer.application_prefix}"

[ehealth_auth]
"""
            + "".join(f"{key} = {value}\n" for key, value in self.settings.items())
        )

    def __call__(self, *arguments: str, **options: Any) -> tuple[int, Any]:
        secrets = {**self.secrets, **options.pop("secrets", {})}
        given = ("--environment", "other", "--no-input", *arguments)
        return self.cli.json(*given, secrets=secrets, **options)

    def fine(self, *arguments: str, **options: Any) -> Any:
        code, document = self(*arguments, **options)
        assert code == 0, document
        return document

    def refused(self, *arguments: str, **options: Any) -> tuple[int, str, dict[str, Any]]:
        """Run what must be refused; return exit code, error code and details."""
        code, document = self(*arguments, **options)
        assert code != 0, document
        error = document["error"]
        assert set(error) == {"code", "message", "remedy", "details"}
        assert error["message"]
        assert error["remedy"]
        return code, error["code"], error["details"]

    def add_alice(self) -> None:
        self.fine(
            *("provider", "add", "--id", "alice", "--last-name", "Example"),
            *("--first-names", "Alice", "--niss", ALICE),
            *("--inami", "physiotherapist:54123426501"),
        )

    def open(self, *arguments: str, **options: Any) -> Any:
        return self.fine("session", "open", "--provider", "alice", *arguments, **options)

    def refused_open(self, *arguments: str, **options: Any) -> tuple[int, str, dict[str, Any]]:
        """Be refused a session, and see that none was kept."""
        refused = self.refused("session", "open", "--provider", "alice", *arguments, **options)
        assert self.fine("session", "status")["sessions"] == []
        return refused


@pytest.fixture(scope="session")
def materials(tmp_path_factory, _hilum_simulator_server, hilum_simulator_clock):
    """Keystores and cards of Alice and Bob, made once."""
    from hilum_simulator.materials import (
        Person,
        make_card,
        make_holder,
        write_keystore,
        write_software_card,
    )

    folder, pki = tmp_path_factory.mktemp("materials"), _hilum_simulator_server.pki
    at = hilum_simulator_clock.now() - timedelta(days=30)
    made = {}
    for niss, given, surname in ((ALICE, "Alice", "Example"), (BOB, "Bob", "Other")):
        person = Person(niss=niss, given_names=(given,), surname=surname)
        key_type = "rsa" if niss == ALICE else "ec"
        holder = make_holder(pki, person, key_type=key_type)
        keystore = write_keystore(folder, person, holder, password=PASSWORD, at=at)
        card = folder / f"{given}.card"
        write_software_card(card, person, make_card(pki, person), pin=PIN)
        made[niss] = (keystore, card)
    return made


@pytest.fixture
def bare_practice(hilum_cli, hilum_simulator, hilum_simulator_clock, materials, tmp_path):
    """A practice with settings and nothing else."""
    card = tmp_path / "alice.card"
    card.write_bytes(materials[ALICE][1].read_bytes())
    card.chmod(0o600)
    hilum_cli.clock = hilum_simulator_clock
    hilum_cli.plugins = None
    practice = Practice(cli=hilum_cli, simulator=hilum_simulator, folder=hilum_cli.folder)
    practice.settings = {"software_card": f'"{card}"'}
    practice.write_settings()
    return practice


@pytest.fixture
def practice(bare_practice, materials):
    """A practice where Alice has her record and her certificate."""
    bare_practice.add_alice()
    bare_practice.fine("certificate", "import", str(materials[ALICE][0]), "--provider", "alice")
    return bare_practice


@pytest.fixture
def card(practice):
    """Alice's card, a file that can be taken out."""
    return Path(practice.settings["software_card"].strip('"'))
