"""The only TLS settings there are."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment


def tls_context(environment: Environment) -> ssl.SSLContext:
    """Make the only TLS settings there are: verified, host name checked, TLS 1.2 or newer."""
    from hilum_ehealth.trust import TrustStore

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    anchors = TrustStore.of(environment).tls_pem()
    if anchors:
        context.load_verify_locations(cadata=anchors)
    else:
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    return context
