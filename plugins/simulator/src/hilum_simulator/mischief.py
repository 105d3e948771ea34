"""What a switched platform does wrong: tokens that a careful client must refuse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from .own_tokens import SSIN
from .tokens import TokenForm

if TYPE_CHECKING:
    from hilum_ehealth.testing.authority import Issued, Pki

    from .switches import Switches

SOMEBODY_ELSE: Final = "79021513224"
"""A made-up person."""

_HOLDER_SSIN: Final = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin"


@dataclass(frozen=True, slots=True)
class Mischief:
    """Spoils tokens as the switches of a service say; without any it changes nothing."""

    switches: Switches
    pki: Pki
    service: str

    def form(self, form: TokenForm, now: datetime) -> TokenForm:
        """Change what the token says."""
        if self._on("expired-assertion"):
            shift = form.not_on_or_after - now + timedelta(hours=1)
            form = _shifted(form, -shift)
        if self._on("not-yet-valid"):
            form = _shifted(form, now - form.not_before + timedelta(hours=1))
        if self._on("too-long"):
            form = replace(form, not_on_or_after=form.not_before + timedelta(days=30))
        if self._on("other-issuer"):
            form = replace(form, issuer="urn:be:fgov:ehealth:sts:2_0")
        if self._on("other-person"):
            names = {SSIN, _HOLDER_SSIN} & set(form.attributes)
            others = {name: (SOMEBODY_ELSE, form.attributes[name][1]) for name in names}
            form = replace(form, attributes={**form.attributes, **others})
        if self._on("other-holder"):
            form = replace(form, holder=self._stranger().certificate)
        return form

    def signer(self) -> Issued:
        """Return who signs: the platform, or another provider with a good certificate."""
        return self._stranger() if self._on("wrong-signer") else self.pki.iam_signer

    def written(self, token: bytes) -> bytes:
        """Change the token after it was signed."""
        if not self._on("tampered"):
            return token
        return token.replace(b"<AttributeValue>", b"<AttributeValue>0", 1)

    def _on(self, name: str) -> bool:
        return self.switches.is_on(name, self.service)

    def _stranger(self) -> Issued:
        return self.pki.ehealth_certificate(niss=SOMEBODY_ELSE, name="SOMEBODY ELSE")


def _shifted(form: TokenForm, step: timedelta) -> TokenForm:
    return replace(
        form, not_before=form.not_before + step, not_on_or_after=form.not_on_or_after + step
    )
