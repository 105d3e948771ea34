"""What Hilum's own plugins offer, by hook: known without loading one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "hilum_auth_methods": {"eid": "ehealth_auth", "fallback": "fallback_login"},
    "hilum_certificate_sources": {"keystores": "cert_manager"},
    "hilum_health_checks": {"card": "ehealth_auth", "keystores": "cert_manager"},
    "hilum_local_logins": {"password": "fallback_login"},
    "hilum_provider_directories": {"provider-records": "provider_records"},
    "hilum_record_validators": {
        "active-certificate": "cert_manager",
        "provider-records": "provider_records",
    },
    "hilum_session_probes": {"ehealthbox-info": "session_liveness"},
    "hilum_status_indicators": {"ehealth-session": "session_liveness"},
}
"""The plugin by the name of its contribution. Between it and another one that offers the same
name, Hilum's is used. For commands see ``hilum.cli.tree.OWNERS``."""
