"""Changing ``config.toml`` without losing what a person wrote in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hilum_hookspecs import ConfigurationError

from .folders import private_folder, write_atomically


def switch_plugin(
    path: Path, name: str, *, on: bool, first_party: bool, dry_run: bool = False
) -> bool:
    """Enable or disable plugin *name* in the settings file; comments and order stay.

    Returns whether the file changes. Raises ``settings.syntax`` and ``storage.*``.
    """
    import tomlkit

    document = _parsed(path)
    before = tomlkit.dumps(document)
    section = document.setdefault("plugins", tomlkit.table())
    _set(section, "disabled", name, present=not on)
    if on and not first_party:
        _set(section, "enabled", name, present=True)
    if not section:
        document.remove("plugins")
    after = tomlkit.dumps(document)
    if after == before:
        return False
    if not dry_run:
        private_folder(path.parent)
        write_atomically(path, after.encode())
    return True


def _parsed(path: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigurationError("settings.syntax", path=str(path), problem=str(error)) from error


def _set(section: Any, key: str, name: str, *, present: bool) -> None:
    names = section.get(key)
    if present and names is None:
        section[key] = [name]
    elif present and name not in names:
        names.append(name)
    elif not present and names is not None and name in names:
        names.remove(name)
