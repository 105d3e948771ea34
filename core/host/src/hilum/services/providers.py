"""Provider records of every directory, and the checks of every validator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, cast

from hilum_hookspecs import (
    Finding,
    HilumError,
    Message,
    Provider,
    ProviderDirectory,
    Purpose,
    RecordError,
    RecordValidator,
    UserCancelled,
)

from hilum.contributions import returning_many
from hilum.host import Host, Stage, is_ours
from hilum.words import _

DIRECTORIES: Final = "hilum_provider_directories"

Question: TypeAlias = Callable[
    [ProviderDirectory], tuple[Callable[..., Iterable[Provider]], tuple[Any, ...]]
]
"""Chooses what to call of a directory, and with which arguments."""

Sourced: TypeAlias = tuple[str, Provider]
"""A record, after the plugin whose directory has it."""


class ProviderService:
    """The port ``Providers`` over the directories and validators of every plugin."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def find(self, text: str) -> Provider:
        """Return the one record whose id, NISS or INAMI number is *text*.

        A directory that fails is passed over when another one has the record. Raises
        ``RecordError``: ``record.no-directory``, ``record.not-found``, ``record.ambiguous``
        (``providers``, their ids; ``plugins`` when several have one id in their directories); else
        what a directory failed with. The text is in none of them: it may be a national number.
        """
        found, failure = self._gathered(lambda directory: (directory.find, (text,)))
        if not found:
            raise failure or RecordError("record.not-found")
        if len(found) > 1:
            raise _ambiguous(found)
        return found[0][1]

    def all(self) -> Sequence[Provider]:
        """Return every record, by name, of every directory that does not fail."""
        found, failure = self._gathered(lambda directory: (directory.all, ()))
        if not found and failure is not None:
            raise failure
        records = (record for _source, record in found)
        return sorted(records, key=lambda r: (r.last_name.casefold(), r.first_names.casefold()))

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Sequence[Finding]:
        """Run every validator over the batch.

        A validator that raises gives each record the finding ``record.validator-failed``, and so
        does a plugin whose validators could not be had: who knows what they would have found.
        """
        survey = self._host.unambiguous("hilum_record_validators")
        validators = cast("tuple[tuple[str, RecordValidator], ...]", survey.found)
        findings = [
            finding
            for source, validator in validators
            if purpose in validator.purposes
            for finding in self._findings(source, validator, records, purpose)
        ]
        failed = [_not_had(record, source) for source in survey.failed for record in records]
        return [*findings, *failed]

    def _findings(
        self,
        source: str,
        validator: RecordValidator,
        records: Sequence[Provider],
        purpose: Purpose,
    ) -> Sequence[Finding]:
        check = returning_many(Finding, validator.check)
        try:
            return self._host.call(source, check, records, purpose)
        except UserCancelled:
            raise
        except Exception as error:
            # A check that fails must never count as passed, whatever it raised.
            if not is_ours(error):
                raise
            return [_failed(record, source, validator) for record in records]

    def _gathered(self, question: Question) -> tuple[list[Sourced], Exception | None]:
        """Ask every directory; return (plugin, record) pairs and what the first failure was."""
        survey = self._host.unambiguous(DIRECTORIES)
        if not survey.found and not survey.failed:
            raise RecordError("record.no-directory")
        gathered: list[Sourced] = []
        failures: list[Exception] = [
            HilumError("plugin.failed", plugin=source) for source in survey.failed
        ]
        for source, directory in cast("tuple[tuple[str, ProviderDirectory], ...]", survey.found):
            function, arguments = question(directory)
            try:
                records = self._host.call(source, returning_many(Provider, function), *arguments)
            except Exception as error:
                if not self._may_pass_over(source, error):
                    raise
                failures.append(error)
            else:
                gathered += [(source, record) for record in records]
        return gathered, next(iter(failures), None)

    def _may_pass_over(self, source: str, error: Exception) -> bool:
        """Tell whether the other directories may answer without *source*.

        What ours refuses with a reason is an answer; another one's trouble is its own.
        """
        code = getattr(error, "code", None)
        if code == "plugin.failed":
            return True
        if code in (None, "cancelled") or self._host.ours(source):
            return False
        self._host.failed(source, Stage.CALL, DIRECTORIES, error)
        return True


def _ambiguous(found: Sequence[Sourced]) -> RecordError:
    """Make the error of several records that fit; one id in several directories names these."""
    ids = list(dict.fromkeys(record.id for _source, record in found))
    plugins = sorted({source for source, _record in found})
    error = RecordError("record.ambiguous", providers=ids)
    if len(ids) == 1 and len(plugins) > 1:
        error.details["plugins"] = plugins
    return error


def _not_had(record: Provider, source: str) -> Finding:
    return Finding(
        provider_id=record.id,
        code="record.validator-failed",
        message=_.message("The checks of the plugin {plugin} could not be had.", plugin=source),
        fix=_fix(source),
    )


def _failed(record: Provider, source: str, validator: RecordValidator) -> Finding:
    return Finding(
        provider_id=record.id,
        code="record.validator-failed",
        message=_.message(
            "The check “{validator}” of the plugin {plugin} failed.",
            validator=validator.name,
            plugin=source,
        ),
        fix=_fix(source),
    )


def _fix(source: str) -> Message:
    return _.message(
        "Tell whoever makes the plugin; until then it can be switched off with "
        "`hilum plugins disable {plugin}`.",
        plugin=source,
    )
