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
from .health_answers import close_all, failed, ids_of, import_again, ok, warning
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
            return failed(
                _.message("The keystore of {ids} is not where it was kept.", ids=ids_of(missing)),
                import_again(missing),
                missing,
            )
        return ok(_.message("Every keystore is there: {n}", n=len(self._kept())))

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
            return ok(_.message("Nobody else on this computer can read them."))
        versions = [version for version, _path in open_]
        # Refused when a session is opened, yet what is in the files can still be looked at.
        return warning(
            _.message(
                "Others on this computer can read the keystore of {ids}: no session is opened "
                "with it.",
                ids=ids_of(versions),
            ),
            _.message("Make it yours alone: hilum doctor --fix"),
            versions,
            HealthFix(
                label=_.message("Make the keystore of {ids} yours alone", ids=ids_of(versions)),
                apply=lambda: close_all([path for _version, path in open_]),
            ),
        )

    def _look_inside(self) -> HealthAnswer:
        for version, path in self._places():
            words = self._trouble_inside(version, path)
            if words is not None:
                return failed(
                    _.message(
                        "The keystore of {ids} cannot be used: {problem}.",
                        ids=version.provider_id,
                        problem=words,
                    ),
                    import_again([version]),
                    [version],
                )
        return ok(_.message("They are as they were imported."))

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
            return failed(
                _.message("The certificate of {ids} is somebody else's.", ids=ids_of(others)),
                _.message("Correct the NISS in the record, or import the right keystore."),
                others,
            )
        if unknown:
            return warning(
                _.message(
                    "Keystores are kept whose provider has no record: {ids}", ids=ids_of(unknown)
                ),
                _.message("Add the record again, or leave the keystore where it is."),
                unknown,
            )
        return ok(_.message("Each belongs to its provider."))

    def _look_at_dates(self) -> HealthAnswer:
        now = self._context.clock.now()
        kept = sorted(self._kept().values(), key=lambda each: each.content.not_after)
        ended = [each for each in kept if each.content.not_after < now]
        if ended:
            return failed(
                _.message("The eHealth certificate of {ids} has expired.", ids=ids_of(ended)),
                _.message("Request a new one; one that has expired cannot be renewed."),
                ended,
            )
        early = [each for each in kept if now < each.content.not_before]
        if early:
            return failed(
                _.message("The eHealth certificate of {ids} is not valid yet.", ids=ids_of(early)),
                _.message("Check the date of this computer."),
                early,
            )
        first = kept[0]
        soon = [e for e in kept if days_left(e.content.not_after, now) < RENEWABLE_DAYS]
        if soon:
            return warning(
                _.message(
                    "The eHealth certificate of {ids} ends soon, the first on {day}.",
                    ids=ids_of(soon),
                    day=day(first.content.not_after),
                ),
                _.message("Renew it now: a certificate that has ended cannot be renewed."),
                soon,
            )
        return ok(_.message("The first ends on {day}.", day=day(first.content.not_after)))

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
