"""The two pluggy markers of the project."""

from __future__ import annotations

from typing import Final

import pluggy

PROJECT_NAME: Final = "hilum"

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)
