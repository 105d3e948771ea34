"""Which addresses a message may go to. Loads nothing, so that settings can be looked at too."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hilum_ehealth.errors import EhealthError

_URL: Final = re.compile(r"[!-~]+")
"""What a URL is written with: a name with other letters stands there in its ASCII form."""

_USER: Final = re.compile(r"(?s)^([a-zA-Z]*:?//)?.*@")
"""Up to the last ``@``: a password may hold one, or a slash before it."""


def https_target(url: str) -> SplitResult:
    """Take *url* apart: ``https://``, in ASCII without spaces, naming no user.

    Raises ``network.not-https`` (``endpoint``) for another one.
    """
    with suppress(ValueError):
        target = urlsplit(url)
        whole = target.scheme == "https" and target.hostname and target.port != 0
        if whole and _URL.fullmatch(url) and "@" not in target.netloc:
            return target
    raise EhealthError("network.not-https", endpoint=without_user(url))


def without_user(url: str) -> str:
    """Return *url* without a name and a password before its host, for showing it."""
    return _USER.sub(r"\1", url)
