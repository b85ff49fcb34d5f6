"""What a sign-in has opened at the site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class OpenedSession:
    """A session that the site has just opened, and that is not kept yet. The site knows it by cookies, or by a bearer.

    Attributes:
        account: Whose it is, with a `firebase_uid`.
        response: The answer that set the cookies; None where there is a bearer.
        bearer: The access token; None where there are cookies.
    """

    account: Mapping[str, Any]
    response: httpx.Response | None = None
    bearer: str | None = field(default=None, repr=False)

    @property
    def firebase_uid(self) -> str:
        """Whose it is."""
        return str(self.account["firebase_uid"])
