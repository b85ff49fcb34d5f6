"""The app's words in the user's language, and times as they are said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from babel.dates import format_timedelta

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "ja": "日本語",
    "ar": "العربية",
}
RIGHT_TO_LEFT = frozenset({"ar"})

TEXTS = {
    language: json.loads((Path(__file__).parent.parent / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}


def choose_language(wanted: Iterable[str | None]) -> str:
    """Return the first language of a list that the app has, such as `de` for `de-AT`; English where there is none."""
    languages = (tag.replace("_", "-").split("-")[0].lower() for tag in wanted if tag)
    return next((language for language in languages if language in TEXTS), "en")


class Words:
    """The words of one language.

    Args:
        language: One of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: str) -> str:
        """Return a text, with values put in where it names them."""
        return TEXTS[self.language][key].format(**values)

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language in RIGHT_TO_LEFT

    def say_ago(self, moment: str, now: datetime) -> str:
        """Say how long ago something was, such as "5 minutes ago".

        Args:
            moment: When it was, as RFC 3339 has it.
            now: The time, aware.
        """
        ago = now - datetime.fromisoformat(moment)
        if ago < timedelta(minutes=1):
            return self("now")
        return format_timedelta(-ago, granularity="minute", add_direction=True, locale=self.language)

    def say_time(self, time: timedelta) -> str:
        """Say how long something takes, such as "5 minutes"."""
        return format_timedelta(time, locale=self.language)
