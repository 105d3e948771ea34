"""Making what plugins hand over harmless to show: control characters, values JSON lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
}
_TURNS: Final = {
    code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_ESCAPED: Final = {**_CONTROLS, **_TURNS}


def printable(text: str) -> str:
    """Return *text* with control characters written out: a terminal would obey them."""
    return str(text).translate(_ESCAPED)


def jsonable(value: object, form: Callable[[object], object], depth: int = 20) -> object:
    """Return *value* as JSON has it: by *form*, and as text where even that has no answer."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if depth and isinstance(value, Mapping):
        return {str(key): jsonable(each, form, depth - 1) for key, each in value.items()}
    if depth and isinstance(value, Iterable) and not isinstance(value, bytes):
        return [jsonable(each, form, depth - 1) for each in value]
    try:
        return jsonable(form(value), form, depth - 1) if depth else type(value).__name__
    except Exception:  # noqa: BLE001  # a foreign value may do anything
        return type(value).__name__
