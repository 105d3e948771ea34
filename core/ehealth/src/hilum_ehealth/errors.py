"""The one error of the protocol kit: a stable code and data, no text.

Texts, remedies and exit codes belong to whoever shows the error; they follow the code.
"""

from __future__ import annotations


class EhealthError(Exception):
    """Something the kit refuses or could not do.

    ``code`` is dotted and stable (``card.pin-rejected``); ``details`` holds JSON-able data that a
    caller can act on and never a secret.
    """

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def __str__(self) -> str:
        """For the log: the code and the names of the details, never their values."""
        return f"{self.code} ({', '.join(sorted(self.details))})" if self.details else self.code
