"""Notes on one page: what is shown when, and what happens at each press."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import flet as ft
import httpx
import screens
from backend import Backend
from frame import Banner, Frame
from presses import Presses
from problems import EXPECTED, explain, is_no_connection
from ways import OpenAddress
from words import Words

from flask_firebase_login_client import SessionState

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SCREENS = {"/": "notes", "/settings": "settings", "/devices": "devices"}

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Message:
    """What the user is told, as long as it holds.

    Attributes:
        key: Of a text.
        values: What is put into it.
        is_error: Whether something went wrong.
        unreachable: What did not answer; the message goes once it does.
        is_of_look: Whether it came up by itself; the message goes once a look succeeds.
        is_of_offline: Whether it is told in place of the banner that there is no connection.
    """

    key: str
    values: dict[str, str] = field(default_factory=dict)
    is_error: bool = True
    unreachable: httpx.URL | None = None
    is_of_look: bool = False
    is_of_offline: bool = False


class NotesApp:
    """One user's app on one page.

    Args:
        page: Flet's.
        backend: The site and Firebase.
        language: The device's.
        poll_seconds: How often to look for what has changed.
        open_address: Opens an address in the user's browser.
    """

    def __init__(
        self, page: ft.Page, backend: Backend, *, language: str, poll_seconds: float, open_address: OpenAddress
    ) -> None:
        self.page = page
        self.backend = backend
        self.device_language = language
        self.poll_seconds = poll_seconds
        self.open_address = open_address
        self.screen = SCREENS.get(page.route, "notes")
        self.is_seen = asyncio.Event()
        self.is_seen.set()
        self.under_way: set[str] = set()
        self.message: Message | None = None
        self.page_in_browser: str | None = None
        self.shown: object = None
        self.fields = screens.Fields.make()
        self.presses = Presses(self)
        presses = self.presses
        self.frame = Frame(page, on_go=presses.go, on_account=presses.my_account, on_sign_out=presses.sign_out)

    async def run(self) -> None:
        """Show the first frame by what is kept, without a call; then look again and again."""
        await self.backend.start()
        self.frame.attach()
        self.page.on_route_change = lambda event: self.arrive(SCREENS.get(event.route, "notes"))
        self.backend.subscribe(lambda _: self.show())
        self.show()
        await self.frame.wait_until_drawn()
        self.show()
        while True:
            await self.is_seen.wait()
            await self.look()
            await asyncio.sleep(self.poll_seconds)

    # What is shown

    @property
    def words(self) -> Words:
        """The words in the user's language, else in the device's."""
        return Words(self.backend.settings.get("language", self.device_language))

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a session, also without a connection."""
        return self.backend.state is not SessionState.SIGNED_OUT

    @property
    def is_offline(self) -> bool:
        """Whether the site was not reached last."""
        return self.backend.state is SessionState.OFFLINE

    @property
    def is_beside_browser(self) -> bool:
        """Whether the user's browser can come back to this program: both are on one machine."""
        return not self.page.web or {urlsplit(self.page.url or "").hostname, self.page.client_ip} <= LOOPBACK

    def show(self) -> None:
        """Show the screen that the state, the settings and the user's choice ask for; what has not changed stays as it is."""
        _, settings = self.words, self.backend.settings
        is_home = self.screen == "notes" or not self.is_signed_in
        name = self.backend.name if self.is_signed_in else None
        self.frame.show(
            _,
            theme=settings.get("theme"),
            title=(_("notes") + (f" · {name}" if name else "")) if is_home else _(self.screen),
            banner=self.choose_banner(_),
            is_busy=bool(self.under_way),
            is_signed_in=self.is_signed_in,
            is_home=is_home,
        )
        defaults = {"theme": "system", "language": self.device_language, "sort": "newest"}
        self.fields.show_settings(settings, defaults, is_offline=self.is_offline)
        now = datetime.now(UTC)
        around = (self.is_signed_in, self.page_in_browser, self.screen, _.language, self.is_offline)
        shown = (around, self.backend.notes, self.describe_devices(_, now))
        if shown != self.shown:
            self.shown = shown
            self.frame.body.controls = self.make_screen(_, now) if self.is_signed_in else self.make_sign_in_screen(_)
        self.page.update()

    def choose_banner(self, _: Words) -> Banner | None:
        """Return the one thing to tell: that there is no connection, before anything else."""
        if self.is_offline and not (self.message and self.message.is_of_offline):
            return Banner(_("offline"), is_error=False)
        return Banner(_(self.message.key, **self.message.values), self.message.is_error) if self.message else None

    def describe_devices(self, _: Words, now: datetime) -> object:
        """Return what the screen of devices shows, where it is shown."""
        at_devices = self.backend.devices if self.screen == "devices" else []
        return [(device["id"], _.say_ago(device["last_seen_at"], now)) for device in at_devices]

    def make_sign_in_screen(self, _: Words) -> list[ft.Control]:
        """Return the controls for somebody who is signed out."""
        if self.page_in_browser:
            time = _.say_time(self.backend.sign_in_time)
            return screens.waiting_screen(_, time, self.page_in_browser, on_cancel=self.presses.cancel_browser)
        return screens.sign_in_screen(
            _,
            self.fields,
            on_password=self.presses.sign_in,
            on_sign_up=self.presses.sign_up,
            on_forgot=self.presses.forgot,
            on_google=self.presses.google if self.backend.has_emulator else None,
            on_browser=self.presses.browser if self.is_beside_browser else None,
            on_typed=self.forget_message,
        )

    def make_screen(self, _: Words, now: datetime) -> list[ft.Control]:
        """Return the controls of the screen at hand."""
        if self.screen == "settings":
            return screens.settings_screen(_, self.fields, on_choose=self.presses.choose_setting)
        if self.screen == "devices":
            return screens.devices_screen(
                _, self.backend.devices, now, is_offline=self.is_offline, on_sign_out=self.presses.sign_device_out
            )
        return screens.notes_screen(
            _,
            self.fields,
            self.backend.notes,
            is_offline=self.is_offline,
            on_add=self.presses.add,
            on_typed=self.presses.type_note,
            on_edit=self.presses.edit,
            on_delete=self.presses.delete,
        )

    # What is done

    def arrive(self, screen: str) -> None:
        """Show another screen, by a press or by the browser's Back; what was open above the one before is closed."""
        while self.page.pop_dialog():
            pass
        self.screen, self.message = screen, None
        self.show()
        if screen == "devices" and self.is_signed_in:
            self.do("devices", self.look)

    async def come_back(self) -> None:
        """Follow what another window did, before anything is asked: `first_frame.html` loads the page again where the user changed."""
        await self.backend.follow()
        self.is_seen.set()
        self.show()

    async def look(self) -> None:
        """Show what has changed at the site, whoever changed it."""
        if not self.is_signed_in:
            await self.look_for_connection()
            return
        try:
            has_changed = await self.backend.look(at_devices=self.screen == "devices")
        except EXPECTED as error:
            if not self.is_signed_in:
                await self.backend.forget()  # the site has ended the session: nothing of the user stays
            if not is_no_connection(error):  # of which the state tells
                self.tell(error, is_of_look=True)
                self.show()
            return
        if self.message and self.message.is_of_look:
            self.message, has_changed = None, True
        if has_changed or self.screen == "devices":
            self.show()

    async def look_for_connection(self) -> None:
        """Take back that there is no connection, once there is."""
        message = self.message
        if message and message.unreachable and await self.backend.reaches(message.unreachable) and self.message is message:
            self.forget_message()

    def forget_message(self) -> None:
        """Tell no more what no longer holds."""
        if self.message:
            self.message = None
            self.show()

    def say(self, key: str, **values: str) -> None:
        """Tell something good."""
        self.message = Message(key, values, is_error=False)

    def object_to(self, key: str) -> None:
        """Tell what is wrong with what was typed."""
        self.message = Message(key)
        self.show()

    def tell_offline(self, key: str) -> None:
        """Tell what has to wait for a connection."""
        self.message = Message(key, is_error=False, is_of_look=True, is_of_offline=True)

    def tell(self, error: Exception, *, is_of_look: bool = False) -> None:
        """Tell what went wrong."""
        key = explain(error)
        if key == "no_connection" and self.is_offline:
            return  # the banner tells
        unreachable = error.request.url if isinstance(error, httpx.TransportError) else None
        self.message = Message(key, unreachable=unreachable, is_of_look=is_of_look) if key else None

    def do(self, name: str, work: Work, on_error: Callable[[str], None] | None = None) -> None:
        """Do something that asks the site or Firebase, and tell what went wrong; what is under way is not begun twice.

        Args:
            name: What is done.
            work: Does it.
            on_error: Told the sentence instead of the banner.
        """
        if name in self.under_way:
            return
        self.under_way.add(name)
        self.message = None
        self.show()

        async def attempt() -> None:
            try:
                await work()
            except EXPECTED as error:
                key = explain(error)
                if on_error and key:
                    on_error(self.words(key))
                else:
                    self.tell(error)
            finally:
                self.under_way.discard(name)
                self.show()

        self.page.run_task(attempt)
