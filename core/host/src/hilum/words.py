"""The texts of the host."""

from __future__ import annotations

from pathlib import Path

from hilum_hookspecs import Domain

_ = Domain("hilum", Path(__file__).parent / "locale")
