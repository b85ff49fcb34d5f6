"""What devices are called: this one by itself, others by what their browser says."""

from __future__ import annotations

import platform
import re

MAX_CHARACTERS = 80
"""How long a name may be that a client gives its device."""

BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMacintosh\b|\bmacOS\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)
PHONES = re.compile(r"\b(?:iPhone|iPad|Android)\b", re.IGNORECASE)


def name_browser(user_agent: str) -> str:
    """Return the browser and the system that a `User-Agent` names, such as "Chrome · Linux"; empty where it names none.

    The order of the tables matters: Edge and Opera also say Chrome, and Chrome also says Safari.
    """
    found = (_find(names, user_agent) for names in (BROWSERS, SYSTEMS))
    return " · ".join(name for name in found if name)


def name_this_device(program: str, user_agent: str | None, system: str | None) -> str:
    """Return what the user will recognise this device and this program by.

    Args:
        program: The app's name.
        user_agent: The browser that shows the app; None where it has a window of its own.
        system: The system that Flet tells, such as `macos`.
    """
    where = name_browser(user_agent) if user_agent else f"{platform.node()} · {system or platform.system()}"
    return " · ".join(part for part in (program, where) if part)[:MAX_CHARACTERS]


def name_device(client_name: str | None, user_agent: str | None) -> str:
    """Return what a device calls itself, else its browser and system; empty where neither is known."""
    return client_name or name_browser(user_agent or "")


def is_phone(name: str) -> bool:
    """Whether a name, or a `User-Agent`, is that of a telephone or a tablet."""
    return PHONES.search(name) is not None


def _find(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
