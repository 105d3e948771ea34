"""The kept keystores, for ``hilum doctor``: there, ours alone, intact, of the right person, living.

No password is asked, so no key is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    HealthAnswer,
    HealthCheck,
    HealthFix,
    HealthLink,
    HealthState,
    HilumError,
    Message,
    Provider,
)
from hilum_hookspecs.health import Cancelled
from hilum_hookspecs.words import day

from .advice import RENEWABLE_DAYS, days_left
from .certificates import FOLDER, Certificates
from .problems import problem
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext

    from .model import Version
    from .settings import CertificateSettings

RANK: Final = 600


class KeystoreHealth:
    """One run's look at the active keystores of every provider, in the environment of now."""

    def __init__(self, context: PluginContext[CertificateSettings]) -> None:
        self._context = context
        self._certificates = Certificates(context)
        self._active: Mapping[str, Version] | None = None

    def check(self) -> HealthCheck:
        """Describe the chain."""
        return HealthCheck(
            name="keystores",
            label=_.message("Keystores"),
            rank=RANK,
            links=(
                self._link("files", _.message("Files"), self._look_at_files),
                self._link("modes", _.message("Yours alone"), self._look_at_modes),
                self._link("content", _.message("Content"), self._look_inside),
                self._link("holders", _.message("Holders"), self._look_at_holders),
                self._link("dates", _.message("Dates"), self._look_at_dates),
            ),
        )

    def _link(self, name: str, label: Message, look: Callable[[], HealthAnswer]) -> HealthLink:
        def looking(cancelled: Cancelled) -> HealthAnswer:
            if self._kept():
                return look()
            cause = _.message("No keystore is kept in this environment.")
            return HealthAnswer(state=HealthState.NOT_APPLICABLE, cause=cause)

        return HealthLink(name=name, label=label, look=looking)

    def _look_at_files(self) -> HealthAnswer:
        missing = [each for each, path in self._places() if not path.is_file()]
        if missing:
            return _failed(
                _.message("The keystore of {ids} is not where it was kept.", ids=_ids(missing)),
                _import(missing),
                missing,
            )
        return _ok(_.message("Every keystore is there: {n}", n=len(self._kept())))

    def _look_at_modes(self) -> HealthAnswer:
        from hilum_ehealth.keystore import check_file_mode

        open_: list[tuple[Version, Path]] = []
        for version, path in self._places():
            try:
                check_file_mode(path)
            except EhealthError as error:
                if error.code != "storage.file-mode" or not error.details["owned"]:
                    raise
                open_.append((version, path))
        if not open_:
            return _ok(_.message("Nobody else on this computer can read them."))
        versions = [version for version, _path in open_]
        # Refused when a session is opened, yet what is in the files can still be looked at.
        return HealthAnswer(
            state=HealthState.WARNING,
            cause=_.message(
                "Others on this computer can read the keystore of {ids}: no session is opened "
                "with it.",
                ids=_ids(versions),
            ),
            remedy=_.message("Make it yours alone: hilum doctor --fix"),
            data=_data(versions),
            fix=HealthFix(
                label=_.message("Make the keystore of {ids} yours alone", ids=_ids(versions)),
                apply=lambda: _close([path for _version, path in open_]),
            ),
        )

    def _look_inside(self) -> HealthAnswer:
        for version, path in self._places():
            words = self._trouble_inside(version, path)
            if words is not None:
                return _failed(
                    _.message(
                        "The keystore of {ids} cannot be used: {problem}.",
                        ids=version.provider_id,
                        problem=words,
                    ),
                    _import([version]),
                    [version],
                )
        return _ok(_.message("They are as they were imported."))

    def _trouble_inside(self, version: Version, path: Path) -> Message | None:
        from hilum_ehealth.keystore import glance
        from hilum_ehealth.keystore.files import read_bytes

        try:
            data = read_bytes(path)
            glance(data)
        except EhealthError as error:
            return problem(error.code)
        if sha256(data).hexdigest() != version.file_sha256:
            return _.message("its file was changed since")
        return None

    def _look_at_holders(self) -> HealthAnswer:
        unknown, others = [], []
        for version in self._kept().values():
            record = self._record(version.provider_id)
            if record is None:
                unknown.append(version)
            elif version.content.holder != f"SSIN={record.niss}":
                others.append(version)
        if others:
            return _failed(
                _.message("The certificate of {ids} is somebody else's.", ids=_ids(others)),
                _.message("Correct the NISS in the record, or import the right keystore."),
                others,
            )
        if unknown:
            return HealthAnswer(
                state=HealthState.WARNING,
                cause=_.message(
                    "Keystores are kept for {ids}, who have no record.", ids=_ids(unknown)
                ),
                remedy=_.message("Add the record again, or leave the keystore where it is."),
                data=_data(unknown),
            )
        return _ok(_.message("Each belongs to its provider."))

    def _look_at_dates(self) -> HealthAnswer:
        now = self._context.clock.now()
        kept = sorted(self._kept().values(), key=lambda each: each.content.not_after)
        ended = [each for each in kept if each.content.not_after < now]
        if ended:
            return _failed(
                _.message("The eHealth certificate of {ids} has expired.", ids=_ids(ended)),
                _.message("Request a new one; one that has expired cannot be renewed."),
                ended,
            )
        early = [each for each in kept if now < each.content.not_before]
        if early:
            return _failed(
                _.message("The eHealth certificate of {ids} is not valid yet.", ids=_ids(early)),
                _.message("Check the date of this computer."),
                early,
            )
        first = kept[0]
        soon = [e for e in kept if days_left(e.content.not_after, now) < RENEWABLE_DAYS]
        if soon:
            return HealthAnswer(
                state=HealthState.WARNING,
                cause=_.message(
                    "The eHealth certificate of {ids} ends soon, the first on {day}.",
                    ids=_ids(soon),
                    day=day(first.content.not_after),
                ),
                remedy=_.message("Renew it now: a certificate that has ended cannot be renewed."),
                data=_data(soon),
            )
        return _ok(_.message("The first ends on {day}.", day=day(first.content.not_after)))

    def _kept(self) -> Mapping[str, Version]:
        """Return the active versions, read once in a run.

        Without a folder none was ever kept, and the database, which may not be there yet, is left
        alone.
        """
        if self._active is None:
            there = (self._context.data_folder / FOLDER).is_dir()
            self._active = self._certificates.all_active() if there else {}
        return self._active

    def _places(self) -> Iterator[tuple[Version, Path]]:
        for version in self._kept().values():
            yield version, self._certificates.path(version)

    def _record(self, provider_id: str) -> Provider | None:
        """Return the record, ``None`` when no directory has it."""
        try:
            return self._context.providers.find(provider_id)
        except HilumError as error:
            if error.code != "record.not-found":
                raise
            return None


def _close(paths: list[Path]) -> Message:
    from hilum_ehealth.files import close_to_others

    for path in paths:
        close_to_others(path)
    return _.message("Made yours alone: {n}", n=len(paths))


def _import(versions: list[Version]) -> Message:
    return _.message(
        "Import it again: `hilum certificate import FILE --provider {id}`",
        id=versions[0].provider_id,
    )


def _ok(cause: Message) -> HealthAnswer:
    return HealthAnswer(state=HealthState.OK, cause=cause)


def _failed(cause: Message, remedy: Message, versions: list[Version]) -> HealthAnswer:
    return HealthAnswer(state=HealthState.FAILED, cause=cause, remedy=remedy, data=_data(versions))


def _data(versions: list[Version]) -> dict[str, object]:
    return {
        "providers": [each.provider_id for each in versions],
        "not_after": {each.provider_id: each.content.not_after.isoformat() for each in versions},
    }


def _ids(versions: list[Version]) -> str:
    return ", ".join(each.provider_id for each in versions)
