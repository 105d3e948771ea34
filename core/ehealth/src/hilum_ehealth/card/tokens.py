"""What the card's process does with a PKCS#11 library; nothing here runs in the caller's process.

Objects are found by class and label: a CKA_ID is a CK_ULONG of the platform, keys of a card
without certificates exist nevertheless, and a search without a label makes the official
middleware read the whole card. Mechanisms are told by the caller: the list that PyKCS11 gives is
not to be trusted with that middleware.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import PyKCS11

from .frames import Message, pack, unpack

LOGGED_IN = (PyKCS11.CKS_RO_USER_FUNCTIONS, PyKCS11.CKS_RW_USER_FUNCTIONS)


class TokenError(Exception):
    """A function of the library answered something else than CKR_OK."""

    def __init__(self, ckr: str, function: str) -> None:
        super().__init__(f"{function}: {ckr}")
        self.ckr = ckr
        self.function = function


class NotLoadable(Exception):
    """The module is no PKCS#11 library for this process; the text says what the loader said."""


class CountedCalls:
    """PyKCS11's low-level library that counts the functions called, by name.

    One PIN must never become two tries: this is where that can be seen.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self.calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("C_"):
            self.calls[name] = self.calls.get(name, 0) + 1
        return getattr(self._library, name)


def load_module(path: str) -> Any:
    """Load and initialise the PKCS#11 library at *path*."""
    library = PyKCS11.PyKCS11Lib()
    try:
        library.load(path)
    except PyKCS11.PyKCS11Error as error:
        if error.value < 0:
            raise NotLoadable(_loader_words(path)) from error
        raise TokenError(_name(error), "C_Initialize") from error
    return _counted(library)


def _counted(library: Any) -> Any:
    library.lib = CountedCalls(library.lib)
    return library


def _loader_words(path: str) -> str:
    """Say why a module cannot be loaded: PyKCS11 keeps the loader's words to itself."""
    import ctypes

    try:
        ctypes.CDLL(path)
    except OSError as error:
        return str(error)
    return "C_GetFunctionList not found"


class Tokens:
    """The sessions of one process with one library."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._sessions: dict[int, Any] = {}
        self._opened = 0

    def library(self) -> Message:
        """Tell what the library says of itself."""
        with _calling("C_GetInfo"):
            info = self._library.getInfo()
        return {
            "description": _text(info.libraryDescription),
            "manufacturer": _text(info.manufacturerID),
            "version": [int(part) for part in info.libraryVersion],
        }

    def slots(self) -> list[Message]:
        """Describe every reader and what is in it."""
        with _calling("C_GetSlotList"):
            slots = self._library.getSlotList(tokenPresent=False)
        return [self._slot(int(slot)) for slot in slots]

    def _slot(self, slot: int) -> Message:
        described: Message = {"slot": slot, "reader": "", "present": False, "removable": True}
        try:
            with _calling("C_GetSlotInfo"):
                info = self._library.getSlotInfo(slot)
            described["reader"] = _text(info.slotDescription)
            described["present"] = bool(info.flags & PyKCS11.CKF_TOKEN_PRESENT)
            described["removable"] = bool(info.flags & PyKCS11.CKF_REMOVABLE_DEVICE)
            if described["present"]:
                described["token"] = self._token(slot)
        except TokenError as error:
            described |= {"ckr": error.ckr, "function": error.function}
        return described

    def _token(self, slot: int) -> Message:
        with _calling("C_GetTokenInfo"):
            token = self._library.getTokenInfo(slot)
        return {
            "label": _text(token.label),
            "model": _text(token.model),
            "serial": _text(token.serialNumber),
            "initialised": bool(token.flags & PyKCS11.CKF_TOKEN_INITIALIZED),
            "pin_pad": bool(token.flags & PyKCS11.CKF_PROTECTED_AUTHENTICATION_PATH),
            "login_required": bool(token.flags & PyKCS11.CKF_LOGIN_REQUIRED),
        }

    def open(self, slot: int) -> int:
        """Open a session and answer its number."""
        with _calling("C_OpenSession"):
            session = self._library.openSession(slot)
        self._opened += 1
        self._sessions[self._opened] = session
        return self._opened

    def certificates(self, session: int, labels: Sequence[str]) -> dict[str, str]:
        """Read the certificates with these labels that are there."""
        return self._values(session, PyKCS11.CKO_CERTIFICATE, labels)

    def data(self, session: int, labels: Sequence[str]) -> dict[str, str]:
        """Read the data objects with these labels that are there."""
        return self._values(session, PyKCS11.CKO_DATA, labels)

    def _values(self, number: int, object_class: int, labels: Sequence[str]) -> dict[str, str]:
        session = self._sessions[number]
        found = {label: _find(session, object_class, label) for label in labels}
        values = {
            label: _attribute(session, handle, PyKCS11.CKA_VALUE)
            for label, handle in found.items()
            if handle is not None
        }
        return {label: pack(bytes(value)) for label, value in values.items() if value}

    def keys(self, session: int, labels: Sequence[str]) -> list[str]:
        """Tell which of these labels have a key that shows itself, the private or the public one.

        A library that hides private keys until the PIN was given may show the public ones.
        """
        opened = self._sessions[session]
        kinds = (PyKCS11.CKO_PRIVATE_KEY, PyKCS11.CKO_PUBLIC_KEY)
        return [
            label
            for label in labels
            if any(_find(opened, kind, label) is not None for kind in kinds)
        ]

    def login(self, session: int, pin: str | None) -> None:
        """Give the PIN once; None leaves it to the reader or to the middleware's window."""
        with _calling("C_Login"), _already_logged_in():
            self._sessions[session].login(pin)

    def sign(self, session: int, label: str, mechanism: str, data: str) -> str:
        """Sign with the private key of this label."""
        opened = self._sessions[session]
        key = _find(opened, PyKCS11.CKO_PRIVATE_KEY, label)
        if key is None:
            raise _no_private_key(opened)
        with _calling("C_Sign"):
            signature = opened.sign(
                key, unpack(data), PyKCS11.Mechanism(PyKCS11.CKM[mechanism], None)
            )
        return pack(bytes(signature))

    def close(self, session: int) -> None:
        """Log out, so that the card forgets the PIN, and close the session."""
        opened = self._sessions.pop(session, None)
        if opened is not None:
            for step in (opened.logout, opened.closeSession):
                with suppress(PyKCS11.PyKCS11Error):
                    step()

    def calls(self) -> dict[str, int]:
        """Tell how often each function of the library was called."""
        return dict(self._library.lib.calls)

    def end(self) -> None:
        """Close every session and let the library go."""
        for session in tuple(self._sessions):
            self.close(session)
        with suppress(PyKCS11.PyKCS11Error):
            self._library.unload()


@contextmanager
def _calling(function: str) -> Iterator[None]:
    try:
        yield
    except PyKCS11.PyKCS11Error as error:
        raise TokenError(_name(error), function) from error


@contextmanager
def _already_logged_in() -> Iterator[None]:
    """Let a second login pass: the official middleware answers CKR_OK, others refuse."""
    try:
        yield
    except PyKCS11.PyKCS11Error as error:
        if error.value != PyKCS11.CKR_USER_ALREADY_LOGGED_IN:
            raise


def _name(error: PyKCS11.PyKCS11Error) -> str:
    return str(PyKCS11.CKR.get(error.value) or f"0x{error.value & 0xFFFFFFFF:08X}")


def _find(session: Any, object_class: int, label: str) -> Any:
    with _calling("C_FindObjects"):
        handles = session.findObjects(
            [(PyKCS11.CKA_CLASS, object_class), (PyKCS11.CKA_LABEL, label)]
        )
    return handles[0] if handles else None


def _attribute(session: Any, handle: Any, attribute: int) -> Any:
    with _calling("C_GetAttributeValue"):
        return session.getAttributeValue(handle, [attribute])[0]


def _no_private_key(session: Any) -> TokenError:
    """Say why no key was found: some libraries hide private keys until the PIN was given."""
    with _calling("C_GetSessionInfo"):
        state = session.getSessionInfo().state
    ckr = "CKR_KEY_HANDLE_INVALID" if state in LOGGED_IN else "CKR_USER_NOT_LOGGED_IN"
    return TokenError(ckr, "C_FindObjects")


def _text(padded: str | bytes) -> str:
    text = padded.decode("utf-8", "replace") if isinstance(padded, bytes) else str(padded)
    return text.strip(" \0")
