"""How a site is configured to reach Firebase."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from ..config_readers import ServiceAccount


@dataclass(frozen=True, kw_only=True)
class FirebaseSettings:
    """What of the site's configuration is about Firebase; `Config` says what each is.

    Attributes:
        project_id: The Firebase project.
        tenant_id: The Identity Platform tenant; None where there is none.
        api_key: The web API key.
        emulator_host: `host:port` of the emulator, or None.
        service_account: By what Firebase knows the site itself.
        check_revoked: Whether each sign-in asks Firebase.
        timeout: How long a request waits for it.
    """

    project_id: str
    tenant_id: str | None = None
    api_key: str | None = field(default=None, repr=False)
    emulator_host: str | None = None
    service_account: ServiceAccount | None = field(default=None, repr=False)
    check_revoked: bool = False
    timeout: timedelta = timedelta(seconds=5)
