"""X.509 certificates of eHealth and the eID: who holds them, who issued them, do they count.

Importing this package loads no cryptography; calling its functions does.
"""

from __future__ import annotations

from hilum_ehealth.certificates.holders import Citizen, Holder, citizen_of, holder_of
from hilum_ehealth.certificates.issuers import environment_of, fingerprint
from hilum_ehealth.certificates.names import java_name
from hilum_ehealth.certificates.path import Usage, Validity, check_path, check_usage, validity_of
from hilum_ehealth.certificates.revocation import Fetch, Revocation, revocation_of
from hilum_ehealth.certificates.signer import check_assertion_signer

__all__ = [
    "Citizen",
    "Fetch",
    "Holder",
    "Revocation",
    "Usage",
    "Validity",
    "check_assertion_signer",
    "check_path",
    "check_usage",
    "citizen_of",
    "environment_of",
    "fingerprint",
    "holder_of",
    "java_name",
    "revocation_of",
    "validity_of",
]
