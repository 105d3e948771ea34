"""What ``hilum db`` shows: documents for a script, lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import Message
from hilum_hookspecs.words import show

from hilum.words import _

from .audit import chain_document, chain_lines

if TYPE_CHECKING:
    from hilum.services.database_care import Checked
    from hilum.storage.checks import Examined, PluginTables
    from hilum.storage.schema import Upgrade

STATES: Final[dict[str, Message]] = {
    "good": _.message("as declared"),
    "absent": _.message("not made yet"),
    "old": _.message("older than the program: hilum db upgrade"),
    "new": _.message("newer than the program: install the version that made them"),
    "damaged": _.message("incomplete"),
    "failed": _.message("the plugin does not say which tables it has"),
}
"""What is said of a plugin's tables."""


def upgrade_document(upgrade: Upgrade) -> dict[str, object]:
    """Return what an upgrade did to one plugin's tables."""
    problem = upgrade.problem
    return {
        "plugin": upgrade.plugin,
        "found": upgrade.found,
        "head": upgrade.head,
        "revisions": upgrade.revisions,
        "problem": problem and {"code": problem.code, "details": problem.details},
    }


def upgrade_line(upgrade: Upgrade, dry_run: bool) -> str:
    """Say what an upgrade did to one plugin's tables."""
    if upgrade.problem is not None:
        from hilum.catalogue import words_for

        return f"{upgrade.plugin}: {words_for(upgrade.problem).message}"
    if upgrade.found == upgrade.head:
        return _("{plugin}: up to date ({head})", plugin=upgrade.plugin, head=upgrade.head)
    if upgrade.found is None and dry_run:
        return _("{plugin}: tables would be made", plugin=upgrade.plugin)
    if upgrade.found is None:
        return _("{plugin}: tables made", plugin=upgrade.plugin)
    steps = ", ".join(upgrade.revisions)
    if dry_run:
        return _("{plugin}: would be upgraded by {steps}", plugin=upgrade.plugin, steps=steps)
    return _("{plugin}: upgraded by {steps}", plugin=upgrade.plugin, steps=steps)


def checked_document(checked: Checked) -> dict[str, object]:
    """Return what a check found."""
    examined = checked.examined
    return {
        "place": checked.place,
        "exists": examined is not None,
        "damage": examined.damage if examined else (),
        "plugins": [_tables_document(each) for each in examined.plugins] if examined else [],
        "left": [
            {"plugin": each.plugin, "found": each.found, "tables": each.tables}
            for each in (examined.left if examined else ())
        ],
        "rows": dict(examined.rows) if examined else {},
        "chains": [chain_document(chain) for chain in checked.chains],
    }


def checked_lines(checked: Checked) -> Iterator[str]:
    """Say what a check found."""
    if checked.examined is None:
        yield _("There is no database yet: {path}", path=checked.place)
        return
    yield checked.place
    yield from _examined_lines(checked.examined)
    if checked.chains:
        broken = any(chain.problems for chain in checked.chains)
        yield _("audit: not whole") if broken else _("audit: whole")
        yield from (f"  {line}" for line in chain_lines(checked.chains))


def _examined_lines(examined: Examined) -> Iterator[str]:
    for problem in examined.damage:
        yield _("damaged: {problem}", problem=problem)
    if not examined.damage:
        yield _("no damage")
    for each in examined.plugins:
        missing = f" ({', '.join(each.missing)})" if each.missing else ""
        yield f"{each.plugin} ({each.found or '-'}): {show(STATES[each.state.value])}{missing}"
    for left in examined.left:
        tables = ", ".join(left.tables)
        yield _(
            "{plugin} takes no part; its tables stay: {tables}", plugin=left.plugin, tables=tables
        )


def _tables_document(tables: PluginTables) -> dict[str, object]:
    return {
        "plugin": tables.plugin,
        "found": tables.found,
        "head": tables.head,
        "state": tables.state.value,
        "missing": tables.missing,
    }
