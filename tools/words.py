"""Extract, update and compile the catalogues of every distribution.

``words.py`` writes them; ``words.py --check`` fails when a text lacks a translation or a compiled
catalogue is older than its source.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "nl", "de")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS = {"_": None, "message": None, "plural": (1, 2)}


def packages() -> list[Path]:
    """List the import packages that have texts: those that have something to say."""
    modules = [path for path in ROOT.glob("*/**/src/*/words.py") if ".venv" not in path.parts]
    return sorted(path.parent for path in modules if len(extracted(path.parent)))


def extracted(package: Path) -> Catalog:
    """Collect the texts of *package* with the places where they stand."""
    catalogue = Catalog(domain=package.name, charset="utf-8")
    for name, line, text, comments, _context in extract_from_dir(
        package, method_map=[("**.py", "python")], keywords=KEYWORDS, strip_comment_tags=True
    ):
        catalogue.add(text, locations=[(name, line)], auto_comments=comments)
    return catalogue


def updated(package: Path, language: str) -> Catalog:
    """Bring the translation of *package* up to date with its texts."""
    path = _po(package, language)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain=package.name)
    else:
        catalogue = Catalog(locale=language, domain=package.name, charset="utf-8")
    catalogue.update(extracted(package), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = f"# The texts of {package.name}. Written by `make words`."
    catalogue.project, catalogue.version, catalogue.fuzzy = package.name, "", False
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.creation_date = catalogue.revision_date = EPOCH  # the same texts give the same bytes
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """Return the binary form of *catalogue*."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def problems(package: Path, language: str) -> list[str]:
    """Say what is missing or stale in the catalogue of *package*."""
    catalogue = updated(package, language)
    found = [
        f"{package.name} {language}: no translation of {message.id!r}"
        for message in catalogue
        if message.id and not _translated(message.string)
    ]
    mo = _po(package, language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(catalogue):
        found.append(
            f"{package.name} {language}: the compiled catalogue is stale, run `make words`"
        )
    return found


def write(package: Path, language: str) -> None:
    """Write source and compiled catalogue of *package*."""
    catalogue = updated(package, language)
    path = _po(package, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, omit_header=False, no_location=True, sort_output=True)
    text = buffer.getvalue().decode()
    lines = [
        line
        for line in text.splitlines(True)
        if "-Date:" not in line and "Generated-By" not in line
    ]
    path.write_text("".join(lines), encoding="utf-8")
    path.with_suffix(".mo").write_bytes(compiled(updated(package, language)))


def _translated(string: object) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


def _po(package: Path, language: str) -> Path:
    return package / "locale" / language / "LC_MESSAGES" / f"{package.name}.po"


def main() -> int:
    """Write the catalogues, or check them with ``--check``."""
    if "--check" not in sys.argv[1:]:
        for package in packages():
            for language in LANGUAGES:
                write(package, language)
    found = [
        p for package in packages() for language in LANGUAGES for p in problems(package, language)
    ]
    print("\n".join(found) or "every text is translated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
