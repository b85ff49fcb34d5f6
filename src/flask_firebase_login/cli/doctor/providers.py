"""Whether Firebase lets users sign in as the site's pages offer it."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import ConfigError, FirebaseUnavailable
from .findings import Examined, Finding


def can_check_providers(examined: Examined) -> bool:
    """Whether Firebase would tell: it tells its owner alone, and the emulator enables everything."""
    return not examined.is_in_development and examined.services.firebase.deletes_users


def check_providers(examined: Examined) -> Iterator[Finding]:
    """Compare `FIREBASE_LOGIN_PROVIDERS` with what the project has enabled."""
    if not can_check_providers(examined):
        return
    try:
        enabled = examined.services.firebase.list_enabled_providers()
    except FirebaseUnavailable as error:
        yield Finding(
            "providers_unread",
            f"Firebase does not tell which sign-in providers are enabled: {error.detail}",
            "Do what it says, then repeat: `sync` and deletions need the same credentials.",
        )
        return
    except ConfigError as error:
        yield Finding("providers_unread", str(error), "Do what it says: `sync` and deletions need it, too.")
        return
    disabled = [provider for provider in examined.config.providers if provider not in enabled]
    if disabled:
        yield Finding(
            "providers_disabled",
            f"The pages offer what the Firebase project has not enabled: {', '.join(disabled)}. Who presses it gets an error.",
            "Enable it in the Firebase console, Authentication, Sign-in method; or take it out of FIREBASE_LOGIN_PROVIDERS.",
        )
