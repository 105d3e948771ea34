"""Texts about keystores, certificates and what is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum.words import _

from .entries import Entry, Texts

_CHOOSE = _.message("Choose another file: hilum certificate scan lists what there is.")
_COPY = _.message("Take a fresh copy of the file, from the folder where it was made.")
_RENEW = _.message("Request or renew it with the platform's certificate manager, then import it.")
_COMPLETE = _.message(
    "Complete the request with the platform's certificate manager, then import the newest file."
)


def _iterations(details: Mapping[str, object]) -> Texts:
    return (
        _.message("The keystore asks for {count} rounds of computing; {cap} are the most."),
        _.message("eHealth does not make such files. Do not use it."),
    )


ENTRIES: Final[dict[str, Entry]] = {
    "keystore.password-rejected": (
        _.message("The password of the keystore is wrong."),
        _.message(
            "Type it with care: capitals count. It is the one chosen when the certificate was "
            "requested, or the last one it was changed to; without it a new certificate is needed."
        ),
    ),
    "keystore.not-pkcs12": (
        _.message("This file is not a keystore: it holds {found}."),
        _CHOOSE,
    ),
    "keystore.not-ehealth": (_.message("This file is not an eHealth keystore."), _CHOOSE),
    "keystore.damaged": (_.message("The keystore is damaged."), _COPY),
    "keystore.unsupported-algorithm": (
        _.message("The keystore is protected in a way that is not supported: {algorithm}."),
        _.message("Save it anew with the platform's certificate manager (change of password)."),
    ),
    "keystore.no-usable-key": (
        _.message("The keystore holds no key that can be used: {reason}."),
        _CHOOSE,
    ),
    "keystore.incomplete": (
        _.message("The request for this certificate was not completed."),
        _COMPLETE,
    ),
    "keystore.ambiguous": (
        _.message("The keystore holds two keys under one name: {alias}."),
        _COPY,
    ),
    "keystore.no-mac": (
        _.message("The keystore is not protected against changes."),
        _COPY,
    ),
    "keystore.too-large": (
        _.message("The file is too large for a keystore: {size}."),
        _CHOOSE,
    ),
    "keystore.iterations": _iterations,
    "keystore.changed": (
        _.message("The keystore {path} no longer holds the certificate that was imported."),
        _.message("Import the keystore again: hilum certificate import."),
    ),
    "certificate.missing": (
        _.message("The provider has no eHealth certificate here."),
        _.message("Import the keystore: hilum certificate import FILE --provider {provider}."),
    ),
    "certificate.no-source": (
        _.message("No plugin keeps eHealth certificates."),
        _.message("The plugin {plugin} would; look at it: hilum plugins list."),
    ),
    "certificate.expired": (
        _.message("The eHealth certificate expired on {not_after}."),
        _RENEW,
    ),
    "certificate.not-yet-valid": (
        _.message("The eHealth certificate is valid only from {not_before}."),
        _.message("Wait until then; check the computer's date and time."),
    ),
    "certificate.untrusted": (
        _.message("The certificate comes from an issuer that is not trusted: {issuer}."),
        _.message("Check the environment; hilum trust list shows what is trusted."),
    ),
    "certificate.wrong-usage": (
        _.message("The certificate may not be used for this."),
        _CHOOSE,
    ),
    "certificate.wrong-environment": (
        _.message("This is a certificate of another environment: {found}."),
        _.message("Choose a keystore of the environment {expected}, or change the environment."),
    ),
    "certificate.no-holder": (
        _.message("The certificate does not say whose it is."),
        _CHOOSE,
    ),
    "certificate.holder-ambiguous": (
        _.message("The certificate names more than one holder."),
        _CHOOSE,
    ),
    "certificate.not-eid": (
        _.message("The certificate on the card is not that of a Belgian citizen."),
        _.message("Use the identity card of the provider."),
    ),
    "certificate.no-encryption-key": (
        _.message("The keystore has no encryption key yet."),
        _COMPLETE,
    ),
    "certificate.changed-meanwhile": (
        _.message("The certificate was changed by another program meanwhile."),
        _.message("Look at it, then run the command again: hilum certificate show."),
    ),
    "trust.no-anchors": (
        _.message("No certificate of the kind {purpose} is trusted in {environment} yet."),
        _.message("Import it: hilum trust import FILE."),
    ),
    "trust.unknown-anchor": (
        _.message(
            "This certificate is not one that eHealth published for {environment}: {sha256}."
        ),
        _.message("Take the file from eHealth itself; do not use this one."),
    ),
    "trust.wrong-environment": (
        _.message("This certificate belongs to {environments}, not to {environment}."),
        _.message("Run the command with the right --environment."),
    ),
    "trust.wrong-purpose": (
        _.message("This certificate is known for another purpose: {purpose}."),
        _.message("Leave --purpose out."),
    ),
    "trust.purpose-missing": (
        _.message("It is not known what this certificate is for."),
        _.message("Say it: --purpose with one of {purposes}."),
    ),
    "trust.not-a-ca": (
        _.message("This is not the certificate of an issuer: {sha256}."),
        _.message("Import the certificate of the authority that issues them."),
    ),
    "trust.not-a-certificate": (
        _.message("This file holds no certificate."),
        _.message("Choose a certificate file (.cer, .crt, .pem)."),
    ),
    "trust.unreadable": (
        _.message("The trusted certificates cannot be read: {path}."),
        _.message("Check the rights of the file, or take it out and import it again."),
    ),
}
