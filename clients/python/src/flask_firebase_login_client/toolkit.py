"""What `IdentityToolkit` and `AsyncIdentityToolkit` share."""

from __future__ import annotations

from .dates import Clock, utc_now
from .effects import Flow
from .firebase_user import FirebaseUser
from .identity_flows import IdentityFlows, code_of_link
from .performing import Performer
from .stores import Store, check_store


class Toolkit:
    """What both kinds share.

    Args:
        api_key: The project's web API key, which is public.
        store: Where who is signed in is kept between two runs, apart from the session's own store.
        emulator_host: `host:port` of the Firebase Auth emulator, for development.
        tenant_id: The Identity Platform tenant.
        clock: The time, aware and in UTC.

    Raises:
        TypeError: The store is none, or one of coroutines for a toolkit of threads.
    """

    is_async = False

    def __init__(
        self,
        api_key: str,
        *,
        store: Store | None = None,
        emulator_host: str | None = None,
        tenant_id: str | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._flows = IdentityFlows(api_key, emulator_host=emulator_host, tenant_id=tenant_id, clock=clock)
        self._performer = Performer(check_store(store, is_async=self.is_async), lambda *, force_refresh: None)

    @property
    def user(self) -> FirebaseUser | None:
        """Who is signed in, once `load`, or any other method, has read the store."""
        return self._flows.user

    def _sign_in_with_password(self, email: str, password: str) -> Flow[FirebaseUser]:
        return self._flows.sign_in("signInWithPassword", {"email": email, "password": password})

    def _sign_up(self, email: str, password: str) -> Flow[FirebaseUser]:
        return self._flows.sign_in("signUp", {"email": email, "password": password})

    def _sign_in_with_link(self, email: str, link: str) -> Flow[FirebaseUser]:
        return self._flows.sign_in("signInWithEmailLink", {"email": email, "oobCode": code_of_link(link)})

    def _send_sign_in_link(self, email: str, continue_url: str) -> Flow[None]:
        return self._flows.send_link("EMAIL_SIGNIN", email, {"continueUrl": continue_url, "canHandleCodeInApp": True})
