"""Opening or renewing a session in one call, over the token service and a transport of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .assertion import Assertion
    from .credentials import Credential
    from .environments import Environment


def open_token(
    *,
    environment: Environment,
    header: Credential,
    holder: Credential,
    niss: str,
    profession: str,
    inami: str,
    duration: timedelta,
    clock: Callable[[], datetime],
    renewing: bytes | None = None,
    progress: Callable[[str], None] | None = None,
) -> Assertion:
    """Ask for a new token, or with *renewing* (an assertion of ours) for one that replaces it.

    Arguments and errors as in :func:`hilum_ehealth.sts.request_token`; *progress* hears
    ``request``, ``challenge``, ``verify``. The token to renew is checked first, so an altered one
    never leaves this computer.
    """
    from .assertion import check_assertion
    from .soap.transport import Transport
    from .sts import renew_token, request_token

    transport = Transport(environment)
    if renewing is None:
        return request_token(
            environment=environment,
            transport=transport,
            header=header,
            holder=holder,
            niss=niss,
            profession=profession,
            inami=(inami,),
            duration=duration,
            clock=clock,
            progress=progress,
        )
    old = check_assertion(
        renewing, environment=environment, now=clock(), niss=niss, holder=holder.certificate
    )
    return renew_token(
        environment=environment,
        transport=transport,
        header=header,
        holder=holder,
        assertion=old,
        profession=profession,
        inami=(inami,),
        clock=clock,
        progress=progress,
    )
