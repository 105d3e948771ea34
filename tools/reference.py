"""Write the pages of ``docs/reference`` that can be generated.

``reference.py`` writes them; ``reference.py --check`` fails when one is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from reference_pages import commands, error_codes, hooks, plugin_context, settings, testing_kit

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def pages() -> Mapping[Path, str]:
    """Return what each generated page must say."""
    by_hand = FOLDER / "settings.md"
    return {
        FOLDER / "commands.md": commands.page(),
        FOLDER / "error-codes.md": error_codes.page(),
        FOLDER / "hooks.md": hooks.page(),
        FOLDER / "plugin-context.md": plugin_context.page(),
        FOLDER / "testing-kit.md": testing_kit.page(),
        by_hand: settings.page(by_hand.read_text(encoding="utf-8")),
    }


def main() -> int:
    """Write the pages, or check them with ``--check``."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"stale: {', '.join(stale)}; run `make reference`")
        return 1
    print(f"written: {', '.join(stale)}" if stale else "every page is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
