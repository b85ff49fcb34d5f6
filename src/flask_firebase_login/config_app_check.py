"""What the keys of App Check need of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from .config import Config

APP_CHECK_JWKS_URL = "https://firebaseappcheck.googleapis.com/v1/jwks"


def check_app_check(config: Config) -> None:
    """Check what the keys of App Check say together; with `off`, nothing of it is used.

    Raises:
        ConfigError: One is missing, or does not go with another.
    """
    _check_apps(config)
    if config.app_check != "off":
        _check_project(config)
        _check_pages(config)


def _check_apps(config: Config) -> None:
    number = config.app_check_project_number
    for app_id in config.app_check_app_ids or ():
        if number is not None and app_id.split(":")[1] != number:
            raise ConfigError(
                f"FIREBASE_LOGIN_APP_CHECK_APP_IDS names {app_id!r}, which is an app of another project than "
                f"FIREBASE_LOGIN_APP_CHECK_PROJECT_NUMBER ({number}): take it out, or correct the number. The second part of an app id is the "
                "number of its project."
            )


def _check_project(config: Config) -> None:
    if config.app_check_project_number is None:
        raise ConfigError(
            f"FIREBASE_LOGIN_APP_CHECK is {config.app_check!r}, but FIREBASE_LOGIN_APP_CHECK_PROJECT_NUMBER is not set. Set it to the project "
            "number that the Firebase console shows under Project settings, General, such as 123456789012: App Check tokens name the project "
            "by it."
        )
    if config.app_check == "required" and config.emulator_host and config.app_check_jwks_url == APP_CHECK_JWKS_URL:
        raise ConfigError(
            "FIREBASE_LOGIN_APP_CHECK is 'required', but App Check has no emulator, and the projects of the Firebase Auth emulator have no App "
            "Check: nobody could sign in. Set it to 'off' or 'observe' where FIREBASE_AUTH_EMULATOR_HOST or FIREBASE_LOGIN_EMULATOR_HOST is set."
        )


def _check_pages(config: Config) -> None:
    """The site's own pages are a web app of the project's, which has one provider and an id."""
    if config.app_check_recaptcha_enterprise_key and config.app_check_recaptcha_v3_key:
        raise ConfigError(
            "FIREBASE_LOGIN_APP_CHECK_RECAPTCHA_ENTERPRISE_KEY and FIREBASE_LOGIN_APP_CHECK_RECAPTCHA_V3_KEY are both set, but a web app is "
            "registered for App Check with one of them: remove the other."
        )
    if config.recaptcha_key and not config.app_id:
        raise ConfigError(
            "FIREBASE_LOGIN_APP_CHECK has a reCAPTCHA key for the pages, but FIREBASE_LOGIN_CONFIG has no appId, for which Firebase issues the "
            "tokens: add it, as the Firebase console shows it under Project settings, Your apps."
        )
    if config.recaptcha_key and config.app_check_app_ids and config.app_id not in config.app_check_app_ids:
        raise ConfigError(
            "FIREBASE_LOGIN_APP_CHECK_APP_IDS does not name the appId of FIREBASE_LOGIN_CONFIG, so that the site's own pages would be rejected: "
            "add it."
        )
