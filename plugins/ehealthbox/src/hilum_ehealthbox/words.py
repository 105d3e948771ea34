"""The texts of this plugin."""

from __future__ import annotations

from pathlib import Path

from hilum_hookspecs import Domain

_ = Domain("hilum_ehealthbox", Path(__file__).parent / "locale")
