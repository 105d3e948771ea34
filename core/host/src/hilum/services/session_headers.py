"""The header beside a token: what the local view of a session is read from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hilum_hookspecs import CheckResult, SessionView

FORMAT = 1


class Header(NamedTuple):
    """The local view of a session, and which token it is about."""

    view: SessionView
    sha256: str
    """Of the token, hexadecimal: what the platform's signature does not cover (unused namespace
    prefixes, white space inside the signature) must not change either."""


def encode_header(header: Header) -> bytes:
    """Write *header* as JSON; it holds no national number."""
    import json

    view = header.view
    check = view.last_check
    document = {
        "format": FORMAT,
        "token_sha256": header.sha256,
        "id": view.id,
        "provider": view.provider_id,
        "name": view.provider_name,
        "environment": view.environment,
        "method": view.method,
        "profession": view.profession,
        "opened_at": _instant(view.opened_at),
        "not_before": _instant(view.not_before),
        "expires_at": _instant(view.expires_at),
        "last_check": check and _check(check),
    }
    return json.dumps(document, indent=1).encode()


def decode_header(data: bytes) -> Header | None:
    """Read a header; ``None`` for what is none."""
    import json

    from hilum_hookspecs import SessionView

    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            return None
        view = SessionView(
            id=_text(document, "id"),
            provider_id=_text(document, "provider"),
            provider_name=_text(document, "name"),
            environment=_text(document, "environment"),
            method=_text(document, "method"),
            profession=_text(document, "profession"),
            opened_at=_moment(document["opened_at"]),
            not_before=_moment(document["not_before"]),
            expires_at=_moment(document["expires_at"]),
            last_check=_result(document["last_check"]),
        )
        return Header(view=view, sha256=_text(document, "token_sha256"))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _check(result: CheckResult) -> dict[str, object]:
    return {
        "state": result.liveness.value,
        "checked_at": _instant(result.checked_at),
        "expires_at": _instant(result.expires_at),
        "cause": result.cause,
        "since": result.since and _instant(result.since),
        "problem": result.problem,
        "plugin": result.plugin,
    }


def _result(document: Any) -> CheckResult | None:
    if document is None:
        return None
    from hilum_hookspecs import CheckResult, Liveness

    return CheckResult(
        liveness=Liveness(document["state"]),
        checked_at=_moment(document["checked_at"]),
        expires_at=_moment(document["expires_at"]),
        cause=None if document["cause"] is None else _text(document, "cause"),
        since=None if document["since"] is None else _moment(document["since"]),
        problem=None if document.get("problem") is None else _text(document, "problem"),
        plugin=None if document.get("plugin") is None else _text(document, "plugin"),
    )


def _text(document: Mapping[str, object], key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant without zone")
    return moment.astimezone(UTC)
