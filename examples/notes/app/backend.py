"""What the app asks of the site and of Firebase; nothing of the screen."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from ways import OpenAddress, Ways

from flask_firebase_login_client import (
    AnswerPage,
    AsyncIdentityToolkit,
    FirebaseLoginAuth,
    FirebaseRejected,
    SessionState,
    Store,
)

ACCOUNT_PAGE = "/auth/"
SIGN_IN_TIME = timedelta(minutes=5)


@dataclass(frozen=True)
class Settings:
    """How the app is configured, by its environment.

    Attributes:
        site: Where the site is.
        project_id: The Firebase project.
        api_key: Its web API key, which is public.
        emulator_host: `host:port` of the Firebase Auth emulator; None in production.
        sign_in_time: How long the user may take to sign in in the browser.
    """

    site: str
    project_id: str
    api_key: str
    emulator_host: str | None
    sign_in_time: timedelta = SIGN_IN_TIME

    @classmethod
    def from_environment(cls) -> Settings:
        """Read `NOTES_SITE`, `NOTES_FIREBASE_CONFIG`, `FIREBASE_AUTH_EMULATOR_HOST` and `NOTES_SIGN_IN_SECONDS`."""
        firebase = json.loads(os.environ["NOTES_FIREBASE_CONFIG"])
        emulator_host = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST") or None
        sign_in_time = timedelta(seconds=float(os.environ.get("NOTES_SIGN_IN_SECONDS", SIGN_IN_TIME.total_seconds())))
        return cls(os.environ["NOTES_SITE"], firebase["projectId"], firebase["apiKey"], emulator_host, sign_in_time)


@dataclass
class Kept:
    """The last answer of an address that is asked again and again, by its ETag."""

    etag: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)


def read_kept(text: str | None) -> list[Kept]:
    """Return what was kept: account, notes, devices; nothing where it is another version's, or broken."""
    try:
        account, notes, devices = (Kept(**kept) for kept in json.loads(text or ""))
    except (TypeError, ValueError):
        return [Kept(), Kept(), Kept()]
    return [account, notes, devices]


class Backend:
    """The site and Firebase, for one user on one device.

    Args:
        settings: The app's.
        session_store: Where the session with the site is kept.
        firebase_store: Where who is signed in at Firebase is kept.
        cache: Where settings, notes and devices are kept, for the first frame and for times without a connection.
        device: What the user will recognise this device by.
        pages: What the browser shows after a sign-in there: where it worked, and where it did not.
    """

    def __init__(
        self,
        settings: Settings,
        session_store: Store,
        firebase_store: Store,
        cache: Store,
        device: str,
        pages: tuple[AnswerPage, AnswerPage],
    ) -> None:
        self.firebase = AsyncIdentityToolkit(settings.api_key, store=firebase_store, emulator_host=settings.emulator_host)
        self.ways = Ways(settings.site, self.firebase, session_store, device, timeout=settings.sign_in_time, pages=pages)
        self.elsewhere = httpx.AsyncClient(timeout=10)  # never the site's cookies, which go to every port of a host
        self._settings = settings
        self._cache = cache
        self._looking = asyncio.Lock()
        self._is_leaving = False
        self._account, self._notes, self._devices = Kept(), Kept(), Kept()

    @property
    def has_emulator(self) -> bool:
        """Whether users come from the emulator's Google, which is nobody's real one."""
        return self._settings.emulator_host is not None

    @property
    def sign_in_time(self) -> timedelta:
        """How long the user may take to sign in in the browser."""
        return self._settings.sign_in_time

    @property
    def auth(self) -> FirebaseLoginAuth:
        """The session with the site."""
        return self.ways.auth

    @property
    def client(self) -> httpx.AsyncClient:
        """What sends it."""
        return self.ways.client

    @property
    def name(self) -> str | None:
        """The user's name, as the site told it last."""
        account = (self._is_of_user and self._account.answer) or self.auth.account or {}
        return account.get("name")

    @property
    def settings(self) -> dict[str, str]:
        """Theme, language and sort order, as the site told them last."""
        return self._account.answer.get("settings", {}) if self._is_of_user else {}

    @property
    def notes(self) -> list[dict[str, Any]]:
        """The notes in the user's order, as the site told them last."""
        return self._notes.answer.get("notes", []) if self._is_of_user else []

    @property
    def devices(self) -> list[dict[str, Any]]:
        """Where the user is signed in, the device last seen first, as the site told it last."""
        return self._devices.answer.get("sessions", []) if self._is_of_user else []

    @property
    def _is_of_user(self) -> bool:
        """Whether what was told last is about the user of the session: another window may have signed in somebody else."""
        return self._account.answer.get("firebase_uid") == (self.auth.account or {}).get("firebase_uid")

    @property
    def state(self) -> SessionState:
        """Where the user stands, without a call."""
        return self.auth.state

    def subscribe(self, listener: Callable[[SessionState], object]) -> None:
        """Tell a listener each new state."""
        self.ways.subscribe(listener)

    async def start(self) -> SessionState:
        """Read what was kept, so that the first frame is right."""
        await self.ways.load()
        if self.state is not SessionState.SIGNED_OUT:
            self._account, self._notes, self._devices = read_kept(await self._cache.load())
        return self.state

    async def follow(self) -> None:
        """Do as another window of this browser did: its user may have signed out, or somebody else in."""
        await self.ways.load()

    async def sign_in(self) -> None:
        """Open a session at the site, for who is signed in at Firebase."""
        await self.forget()
        await self.ways.sign_in_with_firebase()

    async def sign_in_by_browser(self, open_address: OpenAddress) -> None:
        """Open a session through the site's page, where the site answers: the browser would show no more than an error.

        Args:
            open_address: Opens the page.
        """
        await self.elsewhere.get(self._settings.site)
        await self.forget()
        await self.ways.sign_in_by_browser(open_address)

    def cancel_browser(self) -> None:
        """Wait for the browser no longer."""
        self.ways.cancel()

    async def sign_out(self) -> None:
        """Sign out, here and at the site; what is looked for meanwhile would be kept."""
        self._is_leaving = True
        try:
            await self.forget()
            await self.ways.sign_out()
        finally:
            self._is_leaving = False

    async def find_account_page(self) -> str:
        """Return an address of the site's account page that is good once, for a minute, and signs the user's browser in.

        The session is looked at first: without one, the site's address would be asked for by a sign-in in the browser.
        """
        (await self.client.get("/auth/account")).raise_for_status()
        return await self.auth.abrowser_url(self.client, ACCOUNT_PAGE)

    async def look(self, *, at_devices: bool = False) -> bool:
        """Ask the site for settings and notes; it answers 304 where nothing has changed.

        One look at a time: an answer from before a change never comes after it.

        Args:
            at_devices: Whether to ask for the devices too.

        Returns:
            Whether something has changed.
        """
        if self._is_leaving:
            return False
        if not self._is_of_user:
            self._account, self._notes, self._devices = Kept(), Kept(), Kept()
        asked = [("/auth/account", self._account), ("/api/notes", self._notes), ("/auth/sessions", self._devices)]
        async with self._looking:
            try:
                changes = [await self._ask_again(path, kept) for path, kept in asked[: None if at_devices else 2]]
            except httpx.HTTPStatusError:
                if asked[0][1] is self._account:
                    raise
                return False  # signed out meanwhile, or anew: the answer is about another session
            if any(changes) and asked[0][1] is self._account:
                await self._cache.save(json.dumps([asdict(kept) for _, kept in asked]))
            if asked[0][1] is not self._account:
                await self._cache.clear()  # signed out meanwhile: nothing of the user stays
        return any(changes)

    async def write_setting(self, name: str, value: str) -> None:
        """Change one setting; the others stay, whoever changes them meanwhile."""
        patch = {"settings": {name: value}}
        headers = {"Content-Type": "application/merge-patch+json"}
        (await self.client.patch("/auth/account", json=patch, headers=headers)).raise_for_status()

    async def add_note(self, text: str) -> None:
        """Keep a new note."""
        (await self.client.post("/api/notes", json={"text": text})).raise_for_status()

    async def change_note(self, note_id: int, text: str) -> None:
        """Change a note."""
        (await self.client.put(f"/api/notes/{note_id}", json={"text": text})).raise_for_status()

    async def delete_note(self, note_id: int) -> None:
        """Delete a note; that it has gone already is as good."""
        answer = await self.client.delete(f"/api/notes/{note_id}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    async def restore_note(self, note_id: int) -> None:
        """Bring a note back that was deleted a moment ago."""
        (await self.client.post(f"/api/notes/{note_id}/restore")).raise_for_status()

    async def sign_device_out(self, session_id: str) -> None:
        """Sign another device out; that it has gone already is as good."""
        answer = await self.client.delete(f"/auth/sessions/{session_id}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    async def send_password_reset(self, email: str) -> None:
        """Have Firebase send a link for a new password; whether somebody has that address is nobody's business."""
        try:
            await self.firebase.send_password_reset(email)
        except FirebaseRejected as rejection:
            if rejection.code != "EMAIL_NOT_FOUND":
                raise

    async def reaches(self, url: httpx.URL) -> bool:
        """Whether there is an answer again where there was none, whatever it says."""
        try:
            await self.elsewhere.get(url.copy_with(raw_path=b"/"))
        except httpx.TransportError:
            return False
        return True

    async def list_google_people(self) -> list[dict[str, str]]:
        """Return who is known to the emulator's Google."""
        url = f"http://{self._settings.emulator_host}/identitytoolkit.googleapis.com/v1/projects/{self._settings.project_id}/accounts:query"
        answer = await self.elsewhere.post(url, json={}, headers={"Authorization": "Bearer owner"})
        return [
            {"sub": known["rawId"], "email": known.get("email", ""), "name": known.get("displayName", "")}
            for person in answer.json().get("userInfo", [])
            for known in person.get("providerUserInfo", [])
            if known["providerId"] == "google.com"
        ]

    async def sign_in_as_google_person(self, email: str, name: str, sub: str | None = None) -> None:
        """Sign in at the emulator as somebody who comes from Google."""
        identity = {"sub": sub or f"emulator-{email}", "email": email, "email_verified": True, "name": name}
        await self.firebase.sign_in_with_credential("google.com", id_token=json.dumps(identity))

    async def _ask_again(self, path: str, kept: Kept) -> bool:
        headers = {"If-None-Match": kept.etag} if kept.etag else {}
        answer = await self.client.get(path, headers=headers)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return False
        before, kept.answer = kept.answer, answer.raise_for_status().json()
        kept.etag = answer.headers.get("ETag")
        return kept.answer != before

    async def forget(self) -> None:
        """Keep nothing of the user but the session."""
        self._account, self._notes, self._devices = Kept(), Kept(), Kept()
        await self._cache.clear()

    async def close(self) -> None:
        """Close the connections."""
        await self.ways.close()
        await self.elsewhere.aclose()
        await self.firebase.aclose()
