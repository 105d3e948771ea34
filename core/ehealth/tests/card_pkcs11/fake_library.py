"""A card's process whose PKCS#11 library is played, for what SoftHSM cannot do.

Run as a script with a folder: ``state.json`` there says which readers and cards there are and
what goes wrong, and is read again at each call, so that a test can pull a card; ``calls.log``
receives the name of each function called, with NULL where a login came without a PIN.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PyKCS11
from hilum_ehealth.card.helper import serve

FLAGS = {
    "pin_pad": PyKCS11.CKF_PROTECTED_AUTHENTICATION_PATH,
    "login_required": PyKCS11.CKF_LOGIN_REQUIRED,
    "initialised": PyKCS11.CKF_TOKEN_INITIALIZED,
}


class Library:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lib = SimpleNamespace(calls={})
        self.logged_in: dict[int, int] = {}
        self.called("C_Initialize")

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self._folder / "state.json").read_text())

    def save(self, state: dict[str, Any]) -> None:
        (self._folder / "state.json").write_text(json.dumps(state))

    def called(self, function: str, note: str = "") -> None:
        self.lib.calls[function] = self.lib.calls.get(function, 0) + 1
        with (self._folder / "calls.log").open("a") as log:
            log.write(f"{function} {note}".strip() + "\n")
        fault = self.state["faults"].get(function)
        if fault == "hang":
            ctypes.PyDLL(None).sleep(60)  # as PyKCS11: the interpreter's lock is held
        elif fault == "crash":
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGSEGV)
        elif fault == "chatter":
            os.write(1, b"\0\0\0\2{}this goes nowhere")
            os.write(2, b"nor does this")
        elif fault == "defect":
            raise TypeError("4711 must not be seen")
        elif fault:
            fail(fault)

    def slot(self, number: int) -> dict[str, Any]:
        try:
            return self.state["slots"][number]
        except IndexError:
            fail("CKR_SLOT_ID_INVALID")

    def getInfo(self) -> Any:
        self.called("C_GetInfo")
        library = self.state.get("library", {})
        return SimpleNamespace(
            libraryDescription=library.get("description", "Played library").ljust(32),
            manufacturerID="Hilum".ljust(32),
            libraryVersion=tuple(library.get("version", (5, 1))),
        )

    def getSlotList(self, tokenPresent: bool = False) -> list[int]:
        self.called("C_GetSlotList")
        return list(range(len(self.state["slots"])))

    def getSlotInfo(self, slot: int) -> Any:
        self.called("C_GetSlotInfo")
        described = self.slot(slot)
        present = PyKCS11.CKF_TOKEN_PRESENT if described["present"] else 0
        flags = present | PyKCS11.CKF_REMOVABLE_DEVICE | PyKCS11.CKF_HW_SLOT
        return SimpleNamespace(slotDescription=described["reader"].ljust(64), flags=flags)

    def getTokenInfo(self, slot: int) -> Any:
        self.called("C_GetTokenInfo")
        described = self.slot(slot)
        if described.get("token_error"):
            fail(described["token_error"])
        return SimpleNamespace(
            label=described["label"].ljust(32),
            model=described["model"].ljust(16),
            serialNumber=described["serial"],
            flags=sum(FLAGS[name] for name in described["flags"]),
        )

    def openSession(self, slot: int) -> Session:
        self.called("C_OpenSession")
        if not self.slot(slot)["present"] or self.slot(slot).get("exclusive"):
            fail("CKR_TOKEN_NOT_PRESENT")
        return Session(self, slot)

    def unload(self) -> None:
        self.called("C_Finalize")


class Session:
    def __init__(self, library: Library, slot: int) -> None:
        self._library = library
        self._slot = slot
        self._insertion = library.slot(slot)["insertion"]

    def _card(self) -> dict[str, Any]:
        card = self._library.slot(self._slot)
        if not card["present"] or card["insertion"] != self._insertion:
            fail("CKR_DEVICE_REMOVED")
        return card

    @property
    def _logged_in(self) -> bool:
        return self._library.logged_in.get(self._slot) == self._insertion

    def login(self, pin: str | None) -> None:
        self._library.called("C_Login", "NULL" if pin is None else "PIN")
        card = self._card()
        if pin is None and "pin_pad" not in card["flags"] and "login_required" in card["flags"]:
            fail("CKR_FUNCTION_FAILED")
        self._verify(card, card["typed"] if pin is None else pin)

    def _verify(self, card: dict[str, Any], pin: str | None) -> None:
        if pin is None:
            fail("CKR_FUNCTION_CANCELED")
        if card["tries"] == 0:
            fail("CKR_PIN_LOCKED")
        right = pin == card["pin"]
        state = self._library.state
        tries = 3 if right else card["tries"] - 1
        state["slots"][self._slot]["tries"] = tries
        self._library.save(state)
        if not right:
            fail("CKR_PIN_INCORRECT" if tries else "CKR_PIN_LOCKED")
        self._library.logged_in[self._slot] = self._insertion

    def logout(self) -> None:
        self._library.called("C_Logout")
        if not self._logged_in:
            fail("CKR_USER_NOT_LOGGED_IN")
        del self._library.logged_in[self._slot]

    def closeSession(self) -> None:
        self._library.called("C_CloseSession")

    def getSessionInfo(self) -> Any:
        state = PyKCS11.CKS_RO_USER_FUNCTIONS if self._logged_in else PyKCS11.CKS_RO_PUBLIC_SESSION
        return SimpleNamespace(state=state)

    def findObjects(self, template: list[tuple[int, Any]]) -> list[tuple[str, str]]:
        wanted = dict(template)
        kind = {
            PyKCS11.CKO_CERTIFICATE: "certificates",
            PyKCS11.CKO_DATA: "data",
            PyKCS11.CKO_PRIVATE_KEY: "keys",
            PyKCS11.CKO_PUBLIC_KEY: "keys",
        }[wanted[PyKCS11.CKA_CLASS]]
        label = wanted[PyKCS11.CKA_LABEL]
        self._library.called("C_FindObjects", f"{kind} {label}")
        return [(kind, label)] if label in self._card()[kind] else []

    def getAttributeValue(self, handle: tuple[str, str], attributes: list[int]) -> list[bytes]:
        self._library.called("C_GetAttributeValue")
        kind, label = handle
        return [bytes.fromhex(self._card()[kind][label]) for _ in attributes]

    def sign(self, key: tuple[str, str], data: bytes, mechanism: Any) -> bytes:
        name = PyKCS11.CKM[mechanism.to_native().mechanism]
        self._library.called("C_Sign", name)
        card = self._card()
        if card.get("pulled_while_signing"):
            state = self._library.state
            state["slots"][self._slot]["present"] = False
            self._library.save(state)
            fail("CKR_DEVICE_ERROR")
        if not self._logged_in:
            if "login_required" in card["flags"]:
                fail("CKR_USER_NOT_LOGGED_IN")
            self._verify(card, card["typed"])
        return b"signed by " + name.encode() + b": " + data


def fail(name: str) -> Any:
    raise PyKCS11.PyKCS11Error(getattr(PyKCS11, name))


def load(path: str) -> Library:
    folder = Path(sys.argv[1])
    if json.loads((folder / "state.json").read_text()).get("module") != path:
        raise FileNotFoundError
    return Library(folder)


if __name__ == "__main__":
    serve(load)
