"""``hilum trust``: the certificates that are trusted, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click
from hilum_hookspecs import Message
from hilum_hookspecs.words import show

from hilum.catalogue.values import readable
from hilum.words import _

if TYPE_CHECKING:
    from hilum_ehealth.trust import AnchorState, ImportedAnchor, Purpose

    from hilum.services.trust import TrustService

    from .app import App

PURPOSES: Final[dict[str, Message]] = {
    "tls": _.message("servers of the platform"),
    "ehealth": _.message("eHealth certificates, and who signs the sessions"),
    "eid": _.message("identity cards"),
}
"""What anchors are for; the names are those of the folders."""


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("trust", help=_("The certificates that are trusted, by purpose."))
    group.add_command(_list(app))
    group.add_command(_import(app))
    return group


def _service(app: App) -> TrustService:
    from hilum.services.trust import TrustService

    return TrustService(app.environment, app.audit)


def _list(app: App) -> click.Command:
    @click.command("list", help=_("List the known anchors, and whether they are here."))
    def list_() -> None:
        anchors = _service(app).anchors()
        document = {
            "environment": app.environment.name,
            "folder": app.environment.trust_folder,
            "anchors": [asdict(anchor) for anchor in anchors],
        }
        app.output.show(document, _lines(anchors, app.environment.trust_folder))

    return list_


def _import(app: App) -> click.Command:
    @click.command("import", help=_("Trust the certificates in FILE (PEM or DER)."))
    @click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
    @click.option(
        "--purpose",
        type=click.Choice(tuple(PURPOSES)),
        help=_("What they are for; needed for those that are not known."),
    )
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def import_(file: Path, purpose: str | None, dry_run: bool) -> None:
        chosen = cast("Purpose | None", purpose)
        imported = _service(app).import_file(file, chosen, dry_run=dry_run)
        document = {
            "environment": app.environment.name,
            "dry_run": dry_run,
            "anchors": [asdict(anchor) for anchor in imported],
        }
        app.output.show(document, (_imported_line(anchor, dry_run) for anchor in imported))

    return import_


def _lines(anchors: Sequence[AnchorState], folder: Path) -> Iterator[str]:
    for purpose, label in PURPOSES.items():
        yield f"{show(label)} ({folder / purpose})"
        chosen = [anchor for anchor in anchors if anchor.purpose == purpose]
        for anchor in chosen:
            yield f"  {_state(anchor)}  {anchor.subject}"
            yield f"    SHA-256 {anchor.sha256}"
        if not chosen:
            yield "  " + (_no_servers() if purpose == "tls" else _("none"))


def _no_servers() -> str:
    return _("none: the public authorities that certifi brings are used")


def _state(anchor: AnchorState) -> str:
    if not anchor.present:
        return _("missing")
    if not anchor.counts:
        return _("present, not trusted here")
    return _("present, until {end}", end=readable(anchor.not_after))


def _imported_line(anchor: ImportedAnchor, dry_run: bool) -> str:
    purpose = show(PURPOSES[anchor.purpose])
    if not anchor.is_new:
        return _("{subject} is trusted already: {purpose}", subject=anchor.subject, purpose=purpose)
    if dry_run:
        return _("{subject} would be trusted: {purpose}", subject=anchor.subject, purpose=purpose)
    return _("{subject} is trusted now: {purpose}", subject=anchor.subject, purpose=purpose)
