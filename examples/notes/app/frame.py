"""What is around every screen: the bar, the banner, the progress; made once, so that no press is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flet as ft
from words import LANGUAGES, Words

MAX_WIDTH = 720
FORM_WIDTH = 440
BUTTON_WIDTH = 56
SEED = "#6b4eff"
THEMES = {"light": ft.ThemeMode.LIGHT, "dark": ft.ThemeMode.DARK}


@dataclass(frozen=True)
class Banner:
    """One sentence above the screen.

    Attributes:
        text: What it says.
        is_error: Whether something went wrong.
    """

    text: str
    is_error: bool


class Frame:
    """The frame of one page.

    Args:
        page: Flet's.
        on_go: Goes to another screen.
        on_account: Opens the site's account page.
        on_sign_out: Signs out.
    """

    def __init__(
        self, page: ft.Page, *, on_go: Callable[[str], None], on_account: Callable[[], None], on_sign_out: Callable[[], None]
    ) -> None:
        self._page = page
        self._is_drawn = False
        self._back = ft.IconButton(ft.Icons.ARROW_BACK, on_click=lambda _: on_go("notes"))
        self._ways = {
            "settings": ft.IconButton(ft.Icons.SETTINGS, on_click=lambda _: on_go("settings")),
            "devices": ft.IconButton(ft.Icons.DEVICES, on_click=lambda _: on_go("devices")),
            "my_account": ft.IconButton(ft.Icons.ACCOUNT_CIRCLE, on_click=lambda _: on_account()),
            "sign_out": ft.IconButton(ft.Icons.LOGOUT, on_click=lambda _: on_sign_out()),
        }
        self._title = ft.Text(max_lines=1, overflow=ft.TextOverflow.ELLIPSIS)
        self._leading = ft.Row(alignment=ft.MainAxisAlignment.END)
        self._bar = ft.AppBar(title=self._title)
        self._progress = ft.ProgressBar(value=0, bar_height=3, opacity=0)
        self._banner_icon, self._banner_text = ft.Icon(ft.Icons.INFO), ft.Text(expand=True)
        self._banner = ft.Container(ft.Row([self._banner_icon, self._banner_text]), visible=False, padding=12, border_radius=12)
        self.body = ft.Column(horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
        self._column = ft.Container(ft.Column([self._banner, self.body], horizontal_alignment=ft.CrossAxisAlignment.STRETCH))
        self._scroller = ft.Column(
            [self._column], expand=True, scroll=ft.ScrollMode.AUTO, horizontal_alignment=ft.CrossAxisAlignment.CENTER
        )

    def attach(self) -> None:
        """Put the frame on its page."""
        page = self._page
        page.theme = page.dark_theme = ft.Theme(color_scheme_seed=SEED)
        page.padding = 0
        page.spacing = 0
        page.appbar = self._bar
        page.horizontal_alignment = ft.CrossAxisAlignment.STRETCH
        page.add(self._progress, self._scroller)
        page.on_resize = lambda _: self._fit_and_update()

    async def wait_until_drawn(self) -> None:
        """Wait until the page has drawn what it was sent first; only then it is given a title, which `first_frame.html` waits for."""
        await self._page.get_device_info()
        self._is_drawn = True

    def show(
        self,
        _: Words,
        *,
        theme: str | None,
        title: str,
        banner: Banner | None,
        is_busy: bool,
        is_signed_in: bool,
        is_home: bool,
    ) -> None:
        """Bring the frame up to date; `page.update` sends it."""
        page = self._page
        page.title = title if self._is_drawn else None
        page.theme_mode = THEMES.get(theme or "", ft.ThemeMode.SYSTEM)
        self._bar.rtl = self._progress.rtl = self._scroller.rtl = _.is_right_to_left
        page.locale_configuration = ft.LocaleConfiguration([ft.Locale(tag) for tag in LANGUAGES], ft.Locale(_.language))
        self._title.value = title
        self._back.tooltip = _("back")
        for key, button in self._ways.items():
            button.tooltip = _(key)
        self._leading.controls = [] if is_home else [self._back]
        self._bar.actions = [*self._ways.values()] if is_signed_in else []
        self._progress.opacity = 1 if is_busy else 0
        self._progress.value = None if is_busy else 0  # what moves is drawn 60 times a second, unseen too
        self._progress.semantics_label = _("working") if is_busy else None
        self._show_banner(banner)
        self._fit()

    def _show_banner(self, banner: Banner | None) -> None:
        self._banner.visible = banner is not None
        if banner is not None:
            is_error = banner.is_error
            self._banner_text.value = banner.text
            self._banner_icon.icon = ft.Icons.ERROR_OUTLINE if is_error else ft.Icons.INFO_OUTLINE
            self._banner.bgcolor = ft.Colors.ERROR_CONTAINER if is_error else ft.Colors.SECONDARY_CONTAINER
            self._banner_text.color = self._banner_icon.color = (
                ft.Colors.ON_ERROR_CONTAINER if is_error else ft.Colors.ON_SECONDARY_CONTAINER
            )

    def _fit_and_update(self) -> None:
        self._fit()
        self._page.update()

    def _fit(self) -> None:
        """Keep bar and screen to a width that is good to read, in the middle of a wide window."""
        width, is_rtl = self._page.width or MAX_WIDTH, self._bar.rtl
        margin = max(0, (width - MAX_WIDTH) / 2)
        self._column.width = min(width, MAX_WIDTH if self._bar.actions else FORM_WIDTH)
        self._column.padding = 12
        leading_width = margin + (BUTTON_WIDTH if self._leading.controls else 0)
        self._bar.leading = self._leading if leading_width else None
        self._bar.leading_width = leading_width or None
        self._bar.title_spacing = 4 if self._leading.controls else 16
        self._bar.actions_padding = ft.Padding.only(left=margin) if is_rtl else ft.Padding.only(right=margin)
