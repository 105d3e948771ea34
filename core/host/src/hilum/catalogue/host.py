"""Texts of the host's own codes: plugins, usage, storage, the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum.words import _

from .entries import Entry, Texts
from .settings import with_nearest


def _switched_off(details: Mapping[str, object]) -> Texts:
    message = _.message("This needs the plugin {plugin}, which is switched off.")
    if details.get("state") == "without":
        return message, _.message(
            "Leave out --without {plugin}, and take it out of HILUM_WITHOUT if it stands there."
        )
    return message, _.message("Switch it on: hilum plugins enable {plugin}.")


def _plugin_failed(details: Mapping[str, object]) -> Texts:
    """Lead to the list when it shows the failure: what raised at work is known to this run only."""
    message = _.message("The plugin {plugin} made a mistake.")
    if "type" in details:
        return message, _.message(
            "Run it again with --verbose to see where; "
            "hilum plugins disable {plugin} switches it off."
        )
    return message, _.message(
        "hilum plugins list says more; hilum plugins disable {plugin} switches it off."
    )


def _refused(details: Mapping[str, object]) -> Texts:
    remedy = _.message("Uninstall {distribution}, or ask its maker for another name.")
    if details.get("reason") == "reserved":
        return (
            _.message("The plugin {plugin} of {distribution} uses a name that Hilum itself uses."),
            remedy,
        )
    if details.get("reason") == "invalid":
        return (
            _.message(
                "The plugin {plugin} of {distribution} has a name that no plugin can have: only "
                "small letters, digits and _, a letter first."
            ),
            remedy,
        )
    return (
        _.message("The plugin {plugin} of {distribution} uses a name that belongs to another one."),
        remedy,
    )


def _name_invalid(details: Mapping[str, object]) -> Texts:
    reason = details.get("reason")
    remedy = _.message(
        "Choose another name: small letters, digits and _, a letter first, no word of Python "
        "(class, import ...)."
    )
    if reason == "reserved":
        return _.message("No plugin can be called {plugin}: Hilum itself uses the name."), remedy
    if reason == "taken":
        return _.message("There is a plugin {plugin} already."), remedy
    return _.message("{plugin} cannot be the name of a plugin."), remedy


def _unknown_method(details: Mapping[str, object]) -> Texts:
    if details.get("plugin"):
        return (
            _.message("The method {method} needs the plugin {plugin}, which takes no part."),
            _.message("Look at it: hilum plugins list. What there is without it: {known}."),
        )
    return _.message("There is no method {method}."), _.message("Choose one of {known}.")


def _answer_missing(details: Mapping[str, object]) -> Texts:
    message = _.message("An answer is missing and nobody can be asked: {name}.")
    if details.get("name") == "fallback-reason":
        return message, _.message("Give it: --reason with one of {choices}.")
    return message, _.message("Give one of {choices} as an option of the command.")


def _file_mode(details: Mapping[str, object]) -> Texts:
    if details.get("owned") is False:
        return (
            _.message("{path} belongs to another account."),
            _.message("Work with that account, or let its owner give it to you (chown)."),
        )
    return (
        _.message("{path} is open to others on this computer (mode {mode})."),
        _.message("Make it yours alone: chmod 600 {path}"),
    )


def _unknown_revision(details: Mapping[str, object]) -> Texts:
    message = _.message("{plugin} has no earlier revision {revision}.")
    if details.get("known"):
        return message, _.message("Known are: {known}.")
    return message, _.message("It has no earlier one: there is nothing to take back.")


def _write_failed(details: Mapping[str, object]) -> Texts:
    if details.get("problem") == "No such file or directory":
        return (
            _.message("{path} cannot be written: its folder does not exist."),
            _.message("Make the folder first, or choose another place."),
        )
    return (
        _.message("{path} cannot be written: {problem}."),
        _.message("Check the rights of the file and of its folder, and the space on the disk."),
    )


def _url(details: Mapping[str, object]) -> Texts:
    message = _.message("The address of the database is not one.")
    if details.get("argument"):
        return message, _.message("Write it like sqlite:///practice.db.")
    return message, _.message("Correct it in config.toml: [storage] url.")


def _driver_missing(details: Mapping[str, object]) -> Texts:
    message = _.message("The driver {driver} of the database is not installed.")
    if details.get("argument"):
        return message, _.message("Install the driver, or choose another kind of database.")
    return message, _.message("Install the driver, or take [storage] url out of config.toml.")


def _file_exists(details: Mapping[str, object]) -> Texts:
    message = _.message("{path} exists already.")
    if details.get("option"):
        return message, _.message("Choose another name, or give {option}.")
    return message, _.message("Choose another name, or remove that file first.")


ENTRIES: Final[dict[str, Entry]] = {
    "defect": (
        _.message("Hilum made a mistake ({type})."),
        _.message("Run the command again with --verbose and report what it says."),
    ),
    "cancelled": (_.message("Cancelled."), None),
    "plugin.failed": _plugin_failed,
    "plugin.conflict": (
        _.message("Conflicting plugins found: {plugins} all offer {name}."),
        _.message(
            "Switch one of them off: hilum plugins disable NAME. Whoever makes one of them can "
            "choose another name."
        ),
    ),
    "plugin.not-found": with_nearest(
        _.message("There is no plugin {plugin}."),
        _.message("hilum plugins list shows those that are installed."),
    ),
    "plugin.not-installed": (
        _.message("This needs the plugin {plugin}, which is not installed."),
        _.message("Install the plugin {plugin}."),
    ),
    "plugin.disabled": _switched_off,
    "plugin.refused": _refused,
    "plugin.name-invalid": _name_invalid,
    "plugin.folder-exists": (
        _.message("{path} exists already."),
        _.message("Choose another folder with --folder, or another name."),
    ),
    "plugin.incompatible": (
        _.message(
            "The plugin {plugin} of {distribution} works with versions {wants} of the contract; "
            "this Hilum has {contract}."
        ),
        _.message("Install a version of {distribution} that fits this Hilum."),
    ),
    "usage.unknown-command": with_nearest(
        _.message("There is no command {command}."),
        _.message("hilum --help lists the commands."),
    ),
    "usage.unknown-check": with_nearest(
        _.message("There is no check {check}."),
        _.message("hilum doctor makes these: {known}"),
    ),
    "usage.missing-command": (
        _.message("A command is missing."),
        _.message("hilum --help lists the commands."),
    ),
    "usage.answer-missing": _answer_missing,
    "storage.unsafe-mode": (
        _.message("{path} is open to others on this computer (mode {mode})."),
        _.message("Make it yours alone: chmod go-rwx {path}"),
    ),
    "storage.foreign-owner": (
        _.message("{path} belongs to the account {owner}, not to yours."),
        _.message("Work with that account, or let its owner give it to you (chown)."),
    ),
    "storage.not-a-file": (
        _.message("{path} is no ordinary file: a link, a folder or a pipe stands there."),
        _.message("Find out who put it there, and put the file itself in its place."),
    ),
    "storage.not-a-folder": (
        _.message("{path} is no folder: a link or a file stands there."),
        _.message("Find out who put it there, and put the folder itself in its place."),
    ),
    "storage.close-not-audited": (
        _.message("The session of {provider} is closed, but that could not be written down."),
        _.message("Its token is gone. hilum audit verify says what is wrong with the record."),
    ),
    "storage.write-failed": _write_failed,
    "storage.disk-full": (
        _.message("The disk is full: {path} was not written. What was there is untouched."),
        _.message("Make room on the disk and try again."),
    ),
    "storage.no-memory": (
        _.message("The computer has too little free memory for the work on a password."),
        _.message("Close other programs and try again; it does not count as a wrong password."),
    ),
    "storage.not-found": (
        _.message("There is no file {path}."),
        _.message("Check the name."),
    ),
    "storage.read-failed": (
        _.message("{path} cannot be read: {problem}."),
        _.message("Check the rights of the file."),
    ),
    "storage.file-mode": _file_mode,
    "storage.not-writable": (
        _.message("{path} may not be written."),
        _.message("Check the rights of the file and of its folder. Nothing was changed."),
    ),
    "storage.not-readable": (
        _.message("{path} cannot be opened."),
        _.message("Check the rights of the file and of its folder."),
    ),
    "storage.locked": (
        _.message("The database {path} is in use by another program."),
        _.message("Wait a moment and try again."),
    ),
    "storage.database": (
        _.message("The database {path} cannot be used ({problem})."),
        _.message("Check the disk; restore a backup of the data folder if it stays."),
    ),
    "storage.unreachable": (
        _.message("The database {path} does not answer ({problem})."),
        _.message("Check the network and the server, and try again. Nothing was half done."),
    ),
    "storage.schema-old": (
        _.message("The tables of {plugin} in the database are older than the program."),
        _.message("Bring them up to date: hilum db upgrade."),
    ),
    "storage.schema-new": (
        _.message("The tables of {plugin} in the database are newer than the program."),
        _.message("Install the newer version of Hilum that made them."),
    ),
    "storage.upgrade-failed": (
        _.message("The tables of {failed} could not be brought up to date."),
        _.message("Install the version of the plugin that fits, or tell whoever makes it."),
    ),
    "storage.migrations": (
        _.message("The tables of {plugin} cannot be made or changed ({problem})."),
        _.message("Tell whoever makes the plugin; hilum --verbose db upgrade says where."),
    ),
    "storage.foreign-table": (
        _.message("The table {table} of {plugin} does not bear the plugin's name."),
        _.message("Tell whoever makes the plugin."),
    ),
    "storage.head-missing": (
        _.message("The plugin {plugin} has no revision file for {head}, its newest tables."),
        _.message("Tell whoever makes the plugin."),
    ),
    "storage.check-failed": (
        _.message("The database {place} is not as it should be."),
        _.message(
            "Older tables: hilum db upgrade. Damage: restore a backup, hilum db restore FILE."
        ),
    ),
    "storage.damaged": (
        _.message("The database {path} is damaged ({problem})."),
        _.message("Use another backup: hilum db restore FILE."),
    ),
    "storage.not-a-database": (
        _.message("{path} is no database."),
        _.message("Choose a file that hilum db backup made."),
    ),
    "storage.not-a-backup": (
        _.message("{path} is a database, but none of Hilum."),
        _.message("Choose a file that hilum db backup made."),
    ),
    "storage.not-empty": (
        _.message("The database to move to has tables of Hilum already: {tables}."),
        _.message("Move to an empty one."),
    ),
    "storage.tables-left": (
        _.message("Plugins that take no part have tables in the database: {tables}."),
        _.message("Switch these plugins on, then move: their rows cannot be read without them."),
    ),
    "storage.server-backup": (
        _.message("The database {path} is on a server, which makes its own backups."),
        _.message("Use the server's own tool: pg_dump for PostgreSQL."),
    ),
    "storage.server-restore": (
        _.message("The database {path} is on a server, which restores its own backups."),
        _.message("Use the server's own tool: pg_restore for PostgreSQL."),
    ),
    "storage.no-database": (
        _.message("There is no database yet: {path}"),
        _.message("It is made when something is first kept."),
    ),
    "storage.url": _url,
    "storage.driver-missing": _driver_missing,
    "storage.audit-changed": (
        _.message("The record of who did what was changed or shortened."),
        _.message("Look at the chains above; ask who had access to the database."),
    ),
    "usage.file-unreadable": (
        _.message("{path} cannot be read: {problem}."),
        _.message("Check the name and the rights."),
    ),
    "usage.unknown-revision": _unknown_revision,
    "usage.no-tables": (
        _.message("No plugin {plugin} with tables takes part."),
        _.message("hilum db check names the plugins that have tables."),
    ),
    "usage.same-database": (
        _.message("{place} is the database in use."),
        _.message("Choose another place."),
    ),
    "usage.not-agreed": (
        _.message("Nothing was done: nobody agreed."),
        _.message("Answer yes, or give --yes."),
    ),
    "usage.file-exists": _file_exists,
    "usage.provider-needed": (
        _.message("Several providers have a session: {providers}."),
        _.message("Say which one: --provider P."),
    ),
    "usage.user-needed": (
        _.message("Nobody logged in on this computer yet."),
        _.message("Say who: hilum login USER."),
    ),
    "usage.method-without-ehealth": (
        _.message("--method, --reason and --profession are for a log-in via eHealth."),
        _.message("Leave them out, or leave out --via password."),
    ),
    "usage.unknown-profession": (
        _.message("There is no profession {profession}."),
        _.message("Known are {known}."),
    ),
    "usage.pharmacy-number-missing": (
        _.message("The profession {profession} needs the INAMI number of the pharmacy."),
        _.message("Choose another profession of the provider."),
    ),
    "usage.unknown-method": _unknown_method,
    "usage.unknown-reason": (
        _.message("{reason} is no reason for the fallback."),
        _.message("Choose one of {known}."),
    ),
}
