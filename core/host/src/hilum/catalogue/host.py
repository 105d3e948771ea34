"""Texts of the host's own codes: plugins, usage, storage, the rest."""

from __future__ import annotations

from typing import Final

from hilum.words import _

from .entries import Entry

ENTRIES: Final[dict[str, Entry]] = {
    "defect": (
        _.message("Hilum made a mistake ({type})."),
        _.message("Run the command again with --verbose and report what it says."),
    ),
    "cancelled": (_.message("Cancelled."), None),
    "plugin.failed": (
        _.message("The plugin {plugin} made a mistake."),
        _.message("hilum plugins list says more; hilum plugins disable {plugin} switches it off."),
    ),
    "plugin.conflict": (
        _.message("Conflicting plugins found: {plugins} all offer {name}."),
        _.message("Switch one of them off: hilum plugins disable NAME."),
    ),
    "plugin.not-found": (
        _.message("There is no plugin {plugin}."),
        _.message("hilum plugins list shows those that are installed."),
    ),
    "plugin.not-installed": (
        _.message("This needs the plugin {plugin}, which is not installed."),
        _.message("Install the plugin {plugin}."),
    ),
    "plugin.disabled": (
        _.message("This needs the plugin {plugin}, which is switched off."),
        _.message("Switch it on: hilum plugins enable {plugin}."),
    ),
    "plugin.refused": (
        _.message("The plugin {plugin} of {distribution} uses a name that belongs to another one."),
        _.message("Uninstall {distribution}, or ask its maker for another name."),
    ),
    "usage.unknown-command": (
        _.message("There is no command {command}."),
        _.message("hilum --help lists the commands."),
    ),
    "usage.missing-command": (
        _.message("A command is missing."),
        _.message("hilum --help lists the commands."),
    ),
    "usage.answer-missing": (
        _.message("An answer is missing and nobody can be asked: {name}."),
        _.message("Give one of {choices} as an option of the command."),
    ),
    "storage.unsafe-mode": (
        _.message("{path} is open to others on this computer (mode {mode})."),
        _.message("Make it yours alone: chmod go-rwx {path}"),
    ),
    "storage.write-failed": (
        _.message("{path} cannot be written: {problem}."),
        _.message("Check the rights of the folder and the space on the disk."),
    ),
    "storage.disk-full": (
        _.message("The disk is full: {path} was not written. What was there is untouched."),
        _.message("Make room on the disk and try again."),
    ),
}
