"""What happens inside, for ``--verbose``: the records of our own loggers on standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def log_to(stream: TextIO) -> Iterator[None]:
    """Write the records of the loggers named ``hilum...`` to *stream* while the block runs.

    Other libraries' records stay out: they may hold messages with personal data.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(lambda record: record.name.startswith("hilum"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
