"""What a user recognises a device by."""

from __future__ import annotations

import re

from ..sessions.models import SessionMixin

_APPS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
    ("Dart", r"\bDart/"),
    ("Python", r"\bpython-(?:httpx|requests)/|\bPython-urllib/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMacintosh\b|\bmacOS\b|\(macos\)"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)


def name_device(session: SessionMixin) -> str | None:
    """Return what a user recognises a device by: what they or it call it, else browser and system; None where neither is known.

    The order matters: Edge and Opera also say Chrome, and Chrome also says Safari.
    """
    return session.name or name_user_agent(session.user_agent)


def name_user_agent(user_agent: str | None) -> str | None:
    """Return browser and system of a `User-Agent`; None where neither is known."""
    named = [_find(_APPS, user_agent or ""), _find(_SYSTEMS, user_agent or "")]
    return " · ".join(name for name in named if name) or None


def _find(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
