"""`IdentityToolkit`: Firebase Auth by its REST interface, for apps without a Firebase SDK."""

from __future__ import annotations

from typing import Self

import httpx

from .dates import Clock, utc_now
from .effects import Flow
from .firebase_user import FirebaseUser
from .flows import T, plainly, run_by
from .identity_flows import credential_body
from .stores import Store
from .toolkit import Toolkit


class IdentityToolkit(Toolkit):
    """Firebase Auth by its REST interface, with who is signed in at it; its `id_token` serves `FirebaseLoginAuth`.

    Every method raises `FirebaseRejected` where Firebase rejects, `NotOurSite` where something else answers, and httpx's own
    errors where nothing does. Those that need a user signed in raise `NotSignedInAtFirebase` where nobody is.

    Args:
        api_key: The project's web API key, which is public.
        store: Where who is signed in is kept between two runs, apart from the session's own store; by default in memory.
        emulator_host: `host:port` of the Firebase Auth emulator, for development.
        tenant_id: The Identity Platform tenant.
        clock: The time, aware and in UTC.
        client: What sends the requests; by default one of its own, which `close`, or the end of a `with`, closes.

    Example:
        firebase = IdentityToolkit("AIza…", store=FileStore("firebase.json"))
        firebase.sign_in_with_password("ada@example.com", "correct horse")
        auth = FirebaseLoginAuth("https://shop.example", firebase.id_token, store=FileStore("session.json"))

    Source: firebase.google.com/docs/reference/rest/auth.
    """

    def __init__(
        self,
        api_key: str,
        *,
        store: Store | None = None,
        emulator_host: str | None = None,
        tenant_id: str | None = None,
        clock: Clock = utc_now,
        client: httpx.Client | None = None,
    ) -> None:
        super().__init__(api_key, store=store, emulator_host=emulator_host, tenant_id=tenant_id, clock=clock)
        self._client = client or httpx.Client()
        self._is_ours = client is None

    def __enter__(self) -> Self:
        """Be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connections; a client that was handed in is its owner's to close."""
        if self._is_ours:
            self._client.close()

    def load(self) -> FirebaseUser | None:
        """Return who was signed in when the program ended last; once more, and it shows what another process did."""
        return self._run(self._flows.reload())

    def current_uid(self, *, again: bool = False) -> str | None:
        """Return the uid of who is signed in; None for nobody. It is the `identity` of `FirebaseLoginAuth`.

        Args:
            again: Whether to read the store again, where another process may have written it.
        """
        if again or not self._flows.is_loaded:
            self._run(self._flows.reload())
        return self.user.uid if self.user else None

    def sign_in_with_password(self, email: str, password: str) -> FirebaseUser:
        """Sign in with an e-mail address and a password."""
        return self._run(self._sign_in_with_password(email, password))

    def sign_up(self, email: str, password: str) -> FirebaseUser:
        """Make a new user with an e-mail address and a password, and sign them in."""
        return self._run(self._sign_up(email, password))

    def sign_in_with_credential(
        self, provider: str, *, id_token: str | None = None, access_token: str | None = None, nonce: str | None = None
    ) -> FirebaseUser:
        """Sign in with what a provider gave the app.

        Args:
            provider: Such as `google.com`.
            id_token: The provider's ID token (Google, Apple).
            access_token: The provider's access token (Facebook, GitHub).
            nonce: The nonce whose hash is in the ID token (Apple).
        """
        return self._run(self._flows.sign_in("signInWithIdp", credential_body(provider, id_token, access_token, nonce)))

    def send_sign_in_link(self, email: str, continue_url: str) -> None:
        """Have Firebase send an e-mail with a link to sign in by.

        Args:
            email: To whom.
            continue_url: Where the link leads, on a domain that the Firebase console allows.
        """
        self._run(self._send_sign_in_link(email, continue_url))

    def sign_in_with_link(self, email: str, link: str) -> FirebaseUser:
        """Sign in by a link that Firebase sent; `ValueError` where it is none."""
        return self._run(self._sign_in_with_link(email, link))

    def sign_in_with_custom_token(self, token: str) -> FirebaseUser:
        """Sign in by a token that the site's own server made with Firebase's Admin SDK."""
        return self._run(self._flows.sign_in("signInWithCustomToken", {"token": token}))

    def sign_in_anonymously(self) -> FirebaseUser:
        """Make a user without a name, who may be given a way to sign in later."""
        return self._run(self._flows.sign_in("signUp", {}))

    def send_password_reset(self, email: str) -> None:
        """Have Firebase send an e-mail with a link to set a new password by."""
        self._run(self._flows.send_link("PASSWORD_RESET", email, {}))

    def link_with_password(self, email: str, password: str) -> FirebaseUser:
        """Give who is signed in an e-mail address and a password to sign in with."""
        return self._run(self._flows.link("update", {"email": email, "password": password}))

    def link_with_credential(
        self, provider: str, *, id_token: str | None = None, access_token: str | None = None, nonce: str | None = None
    ) -> FirebaseUser:
        """Give who is signed in a provider to sign in with; the arguments are those of `sign_in_with_credential`."""
        return self._run(self._flows.link("signInWithIdp", credential_body(provider, id_token, access_token, nonce)))

    def id_token(self, *, force_refresh: bool = False) -> str | None:
        """Return an ID token that is good for a while yet; None where nobody is signed in, or Firebase knows them no more."""
        return self._run(self._flows.id_token(force_refresh))

    def refresh(self) -> FirebaseUser:
        """Get a fresh ID token now, with the claims as they are now."""
        return self._run(self._flows.refresh())

    def delete(self) -> None:
        """Delete who is signed in, at Firebase; delete their account on the site first."""
        self._run(self._flows.delete())

    def sign_out(self) -> None:
        """Forget who is signed in."""
        self._run(self._flows.sign_out())

    def _run(self, flow: Flow[T]) -> T:
        return run_by(plainly(self._client), flow, self._performer)
