"""Opening the keystore that a provider's session is held by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hilum.words import _

if TYPE_CHECKING:
    from hilum_ehealth.credentials import Credential
    from hilum_hookspecs import ActiveCertificate
    from hilum_hookspecs.ports import Progress, Prompter


def open_keystore(
    certificate: ActiveCertificate, niss: str, *, prompter: Prompter, progress: Progress
) -> Credential:
    """Ask for the password of the keystore of *certificate* and open the key of *niss* in it.

    Raises what the prompter and :func:`hilum_ehealth.credentials.keystore_credential` raise.
    """
    from hilum_ehealth.credentials import keystore_credential

    progress.step(_.message("Opening the keystore"))
    password = prompter.secret("keystore-password", _.message("Password of the keystore"))
    return keystore_credential(
        certificate.keystore, password, niss=niss, expected=certificate.certificate
    )
