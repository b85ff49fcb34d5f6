"""`AsyncIdentityToolkit`: as `IdentityToolkit`, for coroutines."""

from __future__ import annotations

from typing import Self

import httpx

from .dates import Clock, utc_now
from .effects import Flow
from .firebase_user import FirebaseUser
from .flows import T, aplainly, arun_by
from .identity_flows import credential_body
from .stores import Store
from .toolkit import Toolkit


class AsyncIdentityToolkit(Toolkit):
    """As `IdentityToolkit`, for asyncio: the same methods, as coroutines.

    Args:
        api_key: The project's web API key, which is public.
        store: Where who is signed in is kept between two runs, apart from the session's own store; by default in memory.
        emulator_host: `host:port` of the Firebase Auth emulator, for development.
        tenant_id: The Identity Platform tenant.
        clock: The time, aware and in UTC.
        client: What sends the requests; by default one of its own, which `aclose`, or the end of an `async with`, closes.
    """

    is_async = True

    def __init__(
        self,
        api_key: str,
        *,
        store: Store | None = None,
        emulator_host: str | None = None,
        tenant_id: str | None = None,
        clock: Clock = utc_now,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(api_key, store=store, emulator_host=emulator_host, tenant_id=tenant_id, clock=clock)
        self._client = client or httpx.AsyncClient()
        self._is_ours = client is None

    async def __aenter__(self) -> Self:
        """Be closed at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; a client that was handed in is its owner's to close."""
        if self._is_ours:
            await self._client.aclose()

    async def load(self) -> FirebaseUser | None:
        """Return who was signed in when the program ended last; once more, and it shows what another window did."""
        return await self._run(self._flows.reload())

    async def current_uid(self, *, again: bool = False) -> str | None:
        """Return the uid of who is signed in; None for nobody. It is the `identity` of `FirebaseLoginAuth`.

        Args:
            again: Whether to read the store again, where another window may have written it.
        """
        if again or not self._flows.is_loaded:
            await self._run(self._flows.reload())
        return self.user.uid if self.user else None

    async def sign_in_with_password(self, email: str, password: str) -> FirebaseUser:
        """Sign in with an e-mail address and a password."""
        return await self._run(self._sign_in_with_password(email, password))

    async def sign_up(self, email: str, password: str) -> FirebaseUser:
        """Make a new user with an e-mail address and a password, and sign them in."""
        return await self._run(self._sign_up(email, password))

    async def sign_in_with_credential(
        self, provider: str, *, id_token: str | None = None, access_token: str | None = None, nonce: str | None = None
    ) -> FirebaseUser:
        """Sign in with what a provider gave the app; the arguments are those of `IdentityToolkit`."""
        return await self._run(self._flows.sign_in("signInWithIdp", credential_body(provider, id_token, access_token, nonce)))

    async def send_sign_in_link(self, email: str, continue_url: str) -> None:
        """Have Firebase send an e-mail with a link to sign in by."""
        await self._run(self._send_sign_in_link(email, continue_url))

    async def sign_in_with_link(self, email: str, link: str) -> FirebaseUser:
        """Sign in by a link that Firebase sent; `ValueError` where it is none."""
        return await self._run(self._sign_in_with_link(email, link))

    async def sign_in_with_custom_token(self, token: str) -> FirebaseUser:
        """Sign in by a token that the site's own server made with Firebase's Admin SDK."""
        return await self._run(self._flows.sign_in("signInWithCustomToken", {"token": token}))

    async def sign_in_anonymously(self) -> FirebaseUser:
        """Make a user without a name, who may be given a way to sign in later."""
        return await self._run(self._flows.sign_in("signUp", {}))

    async def send_password_reset(self, email: str) -> None:
        """Have Firebase send an e-mail with a link to set a new password by."""
        await self._run(self._flows.send_link("PASSWORD_RESET", email, {}))

    async def link_with_password(self, email: str, password: str) -> FirebaseUser:
        """Give who is signed in an e-mail address and a password to sign in with."""
        return await self._run(self._flows.link("update", {"email": email, "password": password}))

    async def link_with_credential(
        self, provider: str, *, id_token: str | None = None, access_token: str | None = None, nonce: str | None = None
    ) -> FirebaseUser:
        """Give who is signed in a provider to sign in with."""
        return await self._run(self._flows.link("signInWithIdp", credential_body(provider, id_token, access_token, nonce)))

    async def id_token(self, *, force_refresh: bool = False) -> str | None:
        """Return an ID token that is good for a while yet; None where nobody is signed in, or Firebase knows them no more."""
        return await self._run(self._flows.id_token(force_refresh))

    async def refresh(self) -> FirebaseUser:
        """Get a fresh ID token now, with the claims as they are now."""
        return await self._run(self._flows.refresh())

    async def delete(self) -> None:
        """Delete who is signed in, at Firebase; delete their account on the site first."""
        await self._run(self._flows.delete())

    async def sign_out(self) -> None:
        """Forget who is signed in."""
        await self._run(self._flows.sign_out())

    async def _run(self, flow: Flow[T]) -> T:
        return await arun_by(aplainly(self._client), flow, self._performer)
