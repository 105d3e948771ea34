"""The two pluggy markers of the project, and the version of the contract."""

from __future__ import annotations

from typing import Final

import pluggy

PROJECT_NAME: Final = "hilum"

CONTRACT_VERSION: Final = "0.1.0"
"""The version of this distribution. A plugin says in its metadata with which ones it works:
``dependencies = ["hilum-hookspecs~=0.1.0"]``. What breaks plugins moves the first number that is
not zero, anything else the next one (docs/decisions/contract.md)."""

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)
