"""The eHealth keystore: a PKCS#12 file with several keys, read and written without Java.

Read with :func:`read_keystore` or :func:`open_keystore`, look without password with
:func:`glance`, write with :func:`write_keystore` or :func:`encode_keystore`. Everything is loaded
at first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .files import (
        change_password,
        check_file_mode,
        read_authentication,
        read_keystore,
        write_keystore,
    )
    from .model import Form, Glance, KeyEntry, Keystore, PendingKey, Stage, TrustedEntry, VisibleKey
    from .passwords import check_new_password
    from .reader import open_keystore
    from .session_key import open_authentication
    from .visible import glance
    from .writer import encode_keystore

__all__ = [
    "Form",
    "Glance",
    "KeyEntry",
    "Keystore",
    "PendingKey",
    "Stage",
    "TrustedEntry",
    "VisibleKey",
    "change_password",
    "check_file_mode",
    "check_new_password",
    "encode_keystore",
    "glance",
    "open_authentication",
    "open_keystore",
    "read_authentication",
    "read_keystore",
    "write_keystore",
]

_HOME: Final = {
    "change_password": "files",
    "check_file_mode": "files",
    "check_new_password": "passwords",
    "encode_keystore": "writer",
    "glance": "visible",
    "open_authentication": "session_key",
    "open_keystore": "reader",
    "read_authentication": "files",
    "read_keystore": "files",
    "write_keystore": "files",
}


def __getattr__(name: str) -> Any:
    """Load a name of :data:`__all__` from the module where it lives."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME.get(name, 'model')}", __name__), name)
