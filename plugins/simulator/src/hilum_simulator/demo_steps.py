"""The steps of the demonstration, each with a check of what it gave."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hilum_hookspecs.words import moment

from .demo_journey import Outcome, Step, Unexpected
from .demo_world import instant
from .mailbox import USUAL
from .mischief import SOMEBODY_ELSE
from .registry import EXAMPLE
from .words import _

if TYPE_CHECKING:
    from .demo_world import Run, World

_WRONG_NISS: Final = "85073003329"
_REFUSED: Final = 3
_PASSWORD: Final = "keystore-password"  # noqa: S105  # a name, not a password
_NEW_PASSWORD: Final = "new-keystore-password"  # noqa: S105
_PIN: Final = "eid-pin"
_OPEN: Final = ("session", "open", "--provider", "alice")


class Steps:
    """What a provider lives through with eHealth, from the first record to the end of a session."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._card_session_ends = world.clock.now()

    def all(self) -> Iterator[Step]:
        """Return the steps in their order."""
        for name, title, act in (
            ("platform", _.message("The simulated eHealth platform is up"), self._platform),
            ("belongings", _.message("Alice has a keystore and a card"), self._belongings),
            ("provider", _.message("Alice's record is added"), self._provider),
            ("wrong-niss", _.message("A mistyped NISS is refused"), self._wrong_niss),
            (
                "wrong-keystore",
                _.message("The keystore of another person is refused"),
                self._wrong_keystore,
            ),
            ("keystore", _.message("The right keystore is imported"), self._keystore),
            ("open", _.message("A session is opened with the card"), self._open),
            ("again", _.message("Opening it again asks nobody"), self._again),
            ("check", _.message("15 minutes later: does the session live?"), self._check),
            ("probe", _.message("The platform itself is asked"), self._probe),
            ("box", _.message("The eHealthBox is synchronised"), self._box),
            (
                "fallback",
                _.message("The card is forgotten: a session with the keystore alone"),
                self._fallback,
            ),
            ("close", _.message("The session is closed"), self._close),
        ):
            yield Step(name=name, title=title, act=act)

    def _platform(self) -> Outcome:
        simulator = self._world.simulator
        ((profession, inami),) = EXAMPLE.professions.items()
        return Outcome(
            remarks=(
                _.message("It answers at {url} and nowhere else.", url=simulator.url),
                _.message(
                    "It knows {name}, {profession} with INAMI number {inami}.",
                    name=f"{EXAMPLE.given_names[0]} {EXAMPLE.surname}",
                    profession=profession,
                    inami=inami,
                ),
                _.message("Every command below stands for: {how} ...", how=self._how),
            )
        )

    def _belongings(self) -> Outcome:
        state = ("--state", str(self._world.state.folder))
        folder = ("--folder", str(self._keystores))
        keystore = self._done(
            *("simulator", "keystore", "new", *state, *folder, "--niss", EXAMPLE.niss),
            secret=(_NEW_PASSWORD,),
        )
        other = self._done(
            *("simulator", "keystore", "new", *state, *folder, "--niss", SOMEBODY_ELSE),
            *("--surname", "Other", "--given-names", "Bob", "--key", "ec"),
            secret=(_NEW_PASSWORD,),
        )
        card = self._done(
            *("simulator", "card", "new", *state, "--niss", EXAMPLE.niss), secret=(_PIN,)
        )
        return Outcome(runs=(keystore, other, card))

    def _provider(self) -> Outcome:
        ((profession, inami),) = EXAMPLE.professions.items()
        run = self._done(
            *("provider", "add", "--id", "alice", "--first-names", EXAMPLE.given_names[0]),
            *("--last-name", EXAMPLE.surname, "--niss", EXAMPLE.niss),
            *("--profession", profession, "--inami", inami),
        )
        return Outcome(runs=(run,))

    def _wrong_niss(self) -> Outcome:
        command = ("provider", "add", "--last-name", "Example", "--niss", _WRONG_NISS)
        run = self._refused(*command)
        document = self._world.ask(*command).document
        codes = [each["code"] for each in document["error"]["details"].get("findings", ())]
        _expect("record.niss-check-digits" in codes, codes)
        return Outcome(runs=(run,))

    def _wrong_keystore(self) -> Outcome:
        command = ("certificate", "import", self._file(SOMEBODY_ELSE), "--provider", "alice")
        run = self._refused(*command, secret=(_PASSWORD,))
        code = self._world.ask(*command, secret=(_PASSWORD,)).document["error"]["code"]
        _expect(code == "record.wrong-person", code)
        return Outcome(runs=(run,))

    def _keystore(self) -> Outcome:
        run = self._done(
            *("certificate", "import", self._file(EXAMPLE.niss), "--provider", "alice"),
            secret=(_PASSWORD,),
        )
        show = self._done("certificate", "show", "--provider", "alice")
        asked = self._world.ask("certificate", "show", "--provider", "alice")
        certificate = asked.document["certificate"]
        _expect(certificate["holder"]["identifier"] == EXAMPLE.niss, certificate)
        _expect(certificate["stage"] == "complete", certificate)
        return Outcome(runs=(run, show))

    def _open(self) -> Outcome:
        before = self._world.simulator.request_count
        run = self._done(*_OPEN, "--method", "eid", secret=(_PASSWORD, _PIN))
        requests = self._world.simulator.request_count - before
        session = self._session()
        self._card_session_ends = instant(session["expires_at"])
        _expect(session["method"] == "eid", session["method"])
        _expect(requests == 2, requests)
        return Outcome(
            runs=(run,),
            remarks=(
                _.message(
                    "Two messages to the platform: the request, signed by the card, and its "
                    "challenge, signed by the keystore. Its assertion was verified."
                ),
                _.message("The session ends {end}.", end=moment(self._card_session_ends)),
            ),
        )

    def _again(self) -> Outcome:
        before = self._world.simulator.request_count
        run = self._done(*_OPEN)
        after = self._world.simulator.request_count
        _expect(after == before, after - before)
        remark = _.message(
            "Requests that reached the platform: {before} before, {after} after. No password, no "
            "PIN, no network.",
            before=before,
            after=after,
        )
        return Outcome(runs=(run,), remarks=(remark,))

    def _check(self) -> Outcome:
        self._world.clock.advance(minutes=15)
        before = self._world.simulator.request_count
        run = self._done("session", "check", "--provider", "alice")
        requests = self._world.simulator.request_count - before
        _expect(requests == 0, requests)
        now = moment(self._world.clock.now())
        return Outcome(
            runs=(run,), remarks=(_.message("The clock was moved: it is {now} now.", now=now),)
        )

    def _probe(self) -> Outcome:
        before = self._world.simulator.request_count
        run = self._done("session", "check", "--provider", "alice", "--probe", secret=(_PASSWORD,))
        requests = self._world.simulator.request_count - before
        _expect(requests == 1, requests)
        remark = _.message("One message to the platform: the eHealthBox accepts the session.")
        return Outcome(runs=(run,), remarks=(remark,))

    def _box(self) -> Outcome:
        before = self._world.simulator.request_count
        run = self._done("box", "sync", "--provider", "alice", secret=(_PASSWORD,))
        requests = self._world.simulator.request_count - before
        listed = self._done("box", "list", "--provider", "alice", "--limit", "3")
        (box,) = self._world.ask("box", "list", "--provider", "alice").document["boxes"]
        _expect(len({message["id"] for message in box["messages"]}) == USUAL, box)
        remark = _.message(
            "{requests} messages to the platform: how full the box is, then a hundred headers at "
            "a time.",
            requests=requests,
        )
        return Outcome(runs=(run, listed), remarks=(remark,))

    def _fallback(self) -> Outcome:
        card = self._world.state.card
        aside = card.with_suffix(".forgotten")
        card.rename(aside)
        run = self._done(
            *_OPEN, "--method", "fallback", "--reason", "forgotten", secret=(_PASSWORD,)
        )
        aside.rename(card)
        session = self._session()
        end = instant(session["expires_at"])
        _expect(session["method"] == "fallback", session["method"])
        _expect(end < self._card_session_ends, end)
        remark = _.message(
            "It ends {end}; with the card it was {card_end}.",
            end=moment(end),
            card_end=moment(self._card_session_ends),
        )
        return Outcome(runs=(run,), remarks=(remark,))

    def _close(self) -> Outcome:
        run = self._done("session", "close", "--provider", "alice")
        status = self._done("session", "status")
        left = self._world.ask("session", "status").document["sessions"]
        _expect(not left, left)
        audit = self._done("audit", "verify")
        return Outcome(runs=(run, status, audit))

    @property
    def _how(self) -> str:
        return f"hilum {shlex.join(self._world.options)}"

    @property
    def _keystores(self) -> Path:
        return self._world.data.parent / "keystores"

    def _file(self, niss: str) -> str:
        return str(next(self._keystores.glob(f"SSIN={niss} *")))

    def _session(self) -> dict[str, Any]:
        sessions = self._world.ask("session", "status").document["sessions"]
        _expect(len(sessions) == 1, sessions)
        session: dict[str, Any] = sessions[0]
        return session

    def _done(self, *arguments: str, secret: tuple[str, ...] = ()) -> Run:
        """Run a command that must succeed."""
        return _ended(self._world.run(*arguments, secret=secret), 0)

    def _refused(self, *arguments: str, secret: tuple[str, ...] = ()) -> Run:
        """Run a command that must be refused by a rule of ours."""
        return _ended(self._world.run(*arguments, secret=secret), _REFUSED)


def _ended(run: Run, exit_code: int) -> Run:
    if run.result.exit_code != exit_code:
        said = " ".join(f"{run.result.output} {run.result.errors}".split())
        raise Unexpected(f"exit {run.result.exit_code}: {said}")
    return run


def _expect(holds: bool, found: object) -> None:
    if not holds:
        raise Unexpected(str(found))
