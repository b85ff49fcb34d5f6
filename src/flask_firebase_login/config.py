"""The configuration: every `FIREBASE_LOGIN_*` key, parsed and checked once, when the app starts.

A key is a field of `Config` with the same name in lower case, and one reader in `_READERS`. `docs/configuration.md`
tells what each is for.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import config_readers as read
from .config_app_check import APP_CHECK_JWKS_URL, check_app_check
from .config_readers import AppCheckMode, ServiceAccount
from .errors import ConfigError
from .native_clients import NativeClient, read_native_clients
from .provider_labels import ProviderLabel, read_provider_labels

if TYPE_CHECKING:
    from flask import Flask

PREFIX = "FIREBASE_LOGIN_"
EMULATOR_VARIABLE = "FIREBASE_AUTH_EMULATOR_HOST"
GOOGLE_JWKS_URL = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"


@dataclass(frozen=True, kw_only=True)
class Config:
    """All of `FIREBASE_LOGIN_*`, typed. Durations are timedeltas.

    Attributes:
        config: The `firebaseConfig` object of the Firebase console; `project_id`, `api_key` and `auth_domain` are read from it.
        providers: The ways to sign in that the pages offer, in their order.
        provider_labels: What the pages call a provider, by its id, and its sign: for OpenID Connect and SAML above all.
        second_factors: The kinds of second factors that users may add on the account page, in their order: `totp`, `phone`.
        site_name: What the pages call the site, in their titles; None leaves it out.
        tenant_id: The Identity Platform tenant; None where there is none.
        url_prefix: Where the endpoints are, `/auth`.
        session_ttl: The idle timeout: how long a session lives without a request.
        session_max_ttl: The absolute timeout: how long a session lives at most.
        touch_interval: How often at most a session's times are written.
        cookie_secure: Whether cookies are sent over HTTPS only.
        recent_sign_in_ttl: How old a sign-in may be for sensitive actions.
        clock_skew: How far Firebase's clock and this machine's may differ.
        upstream_timeout: How long a request waits for Google, in all.
        id_token_max_age: The oldest ID token taken; None leaves it to the token's own hour.
        jwks_url: Where the public keys are.
        app_check: Whether only genuine copies of the project's apps open sessions: `off`, `observe` or `required`.
        app_check_project_number: The number of the Firebase project, which App Check tokens name.
        app_check_app_ids: The apps that are taken; None takes every app of the project.
        app_check_jwks_url: Where the public keys for App Check are.
        app_check_recaptcha_enterprise_key: The site key of reCAPTCHA Enterprise by which the pages get App Check tokens; None for none.
        app_check_recaptcha_v3_key: The same for reCAPTCHA v3; one of the two.
        emulator_host: `host:port` of the Firebase Auth emulator, or None.
        require_verified_email: Whether users without a verified e-mail address are rejected.
        allow_anonymous: Whether anonymous sign-ins are taken.
        check_revoked: Whether each sign-in asks Firebase whether the user is disabled, deleted or revoked.
        accept_id_tokens: Whether an ID token serves as bearer on each request.
        allowed_origins: Origins of other pages that may call with credentials.
        account_deletion: Whether users may delete their account themselves, by the API and on the account page.
        sessions_per_account: How many sessions a user has at most; the ones last seen stay.
        native_clients: Apps that sign in through the site's own page, by their `client_id`.
        api: What is an API of the site's: path prefixes such as `/api`, and names of blueprints.
        sign_in_next: Where a sign-in leads that asks for nothing else.
        sign_out_next: Where a sign-out leads.
        rate_limit: Sign-ins per address, in Flask-Limiter's notation; None for no limit.
        auth_proxy: Whether this host serves the auth domain's pages, for redirect sign-in.
        service_account: By what Firebase knows the site itself, for deletions and `sync`; None deletes nothing there.
    """

    config: Mapping[str, Any]
    providers: tuple[str, ...] = ("google.com", "password")
    provider_labels: Mapping[str, ProviderLabel] = field(default_factory=lambda: MappingProxyType({}))
    second_factors: tuple[str, ...] = ()
    site_name: str | None = None
    tenant_id: str | None = None
    url_prefix: str = "/auth"
    session_ttl: timedelta = timedelta(days=14)
    session_max_ttl: timedelta = timedelta(days=90)
    touch_interval: timedelta = timedelta(minutes=5)
    cookie_secure: bool = True
    recent_sign_in_ttl: timedelta = timedelta(minutes=5)
    clock_skew: timedelta = timedelta(seconds=10)
    upstream_timeout: timedelta = timedelta(seconds=5)
    id_token_max_age: timedelta | None = None
    jwks_url: str = GOOGLE_JWKS_URL
    app_check: AppCheckMode = "off"
    app_check_project_number: str | None = None
    app_check_app_ids: tuple[str, ...] | None = None
    app_check_jwks_url: str = APP_CHECK_JWKS_URL
    app_check_recaptcha_enterprise_key: str | None = None
    app_check_recaptcha_v3_key: str | None = None
    emulator_host: str | None = None
    require_verified_email: bool = False
    allow_anonymous: bool = False
    check_revoked: bool = False
    accept_id_tokens: bool = False
    allowed_origins: tuple[str, ...] = ()
    account_deletion: bool = True
    sessions_per_account: int = 100
    native_clients: Mapping[str, NativeClient] = field(default_factory=lambda: MappingProxyType({}))
    api: tuple[str, ...] = ()
    sign_in_next: str = "/"
    sign_out_next: str = "/"
    rate_limit: str | None = "30 per minute"
    auth_proxy: bool = False
    service_account: ServiceAccount | None = field(default=None, repr=False)

    @property
    def project_id(self) -> str:
        """The Firebase project's id, which is the audience of its ID tokens."""
        return str(self.config["projectId"])

    @property
    def api_key(self) -> str | None:
        """The project's web API key, which is public; None where the pages are not used."""
        return self.config.get("apiKey")

    @property
    def app_id(self) -> str | None:
        """The web app's id at Firebase, for App Check."""
        return self.config.get("appId")

    @property
    def recaptcha_key(self) -> str | None:
        """The site key by which the pages get App Check tokens; None where they send none."""
        return (self.app_check_recaptcha_enterprise_key or self.app_check_recaptcha_v3_key) if self.app_check != "off" else None

    @property
    def auth_domain(self) -> str | None:
        """Where Firebase's own sign-in pages are."""
        return self.config.get("authDomain")

    @classmethod
    def from_app(cls, app: Flask) -> Config:
        """Read the configuration of an app, and the emulator's variable from the environment.

        Raises:
            ConfigError: A key is unknown, missing, of the wrong type, not built yet, or does not go with another.
        """
        config = cls.from_mapping(app.config, environ=os.environ, is_development=app.debug or app.testing)
        _check_session_lifetime(config, app.permanent_session_lifetime)
        if not app.secret_key:
            raise ConfigError("SECRET_KEY is not set: the session cookie is signed with it. Set it to 32 or more random bytes.")
        return config

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Any], *, environ: Mapping[str, str] = MappingProxyType({}), is_development: bool = False
    ) -> Config:
        """Read the `FIREBASE_LOGIN_*` keys of a mapping; other keys are left alone.

        Args:
            mapping: Such as `app.config`.
            environ: Where `FIREBASE_AUTH_EMULATOR_HOST` is looked for.
            is_development: Debugging or testing, where cookies go over plain HTTP too.

        Raises:
            ConfigError: As for `from_app`, except for keys that are not ours.
        """
        given = {key.removeprefix(PREFIX): key for key in mapping if isinstance(key, str) and key.startswith(PREFIX)}
        _check_known(given)
        fields = {name.lower(): _READERS[name](key, mapping[key]) for name, key in given.items() if name in _READERS}
        if "config" not in fields:
            raise ConfigError(
                f"{PREFIX}CONFIG is not set. Set it to the firebaseConfig object that the Firebase console shows under "
                'Project settings, Your apps, as a dict or as JSON: {"projectId": "…", "apiKey": "…", "authDomain": "…"}.'
            )
        if fields.get("emulator_host") is None:
            fields["emulator_host"] = read.emulator_host(EMULATOR_VARIABLE, environ.get(EMULATOR_VARIABLE))
        fields["emulator_host"] = fields["emulator_host"] or None
        if fields.get("cookie_secure") is None:
            fields["cookie_secure"] = not (is_development or fields["emulator_host"])
        config = cls(**fields)
        _check_pairs(config)
        check_app_check(config)
        return config


Reader = Callable[[str, Any], Any]

_READERS: Mapping[str, Reader] = {
    "CONFIG": read.firebase_config,
    "PROVIDERS": read.providers,
    "PROVIDER_LABELS": read_provider_labels,
    "SECOND_FACTORS": read.second_factors,
    "SITE_NAME": read.optional(read.text),
    "TENANT_ID": read.optional(read.text),
    "URL_PREFIX": read.url_prefix,
    "SESSION_TTL": read.duration,
    "SESSION_MAX_TTL": read.duration,
    "TOUCH_INTERVAL": read.duration,
    "COOKIE_SECURE": read.optional(read.boolean),
    "RECENT_SIGN_IN_TTL": read.duration,
    "CLOCK_SKEW": read.clock_skew,
    "UPSTREAM_TIMEOUT": read.duration,
    "ID_TOKEN_MAX_AGE": read.optional(read.duration),
    "JWKS_URL": read.https_url,
    "APP_CHECK": read.app_check,
    "APP_CHECK_PROJECT_NUMBER": read.optional(read.project_number),
    "APP_CHECK_APP_IDS": read.optional(read.app_ids),
    "APP_CHECK_JWKS_URL": read.https_url,
    "APP_CHECK_RECAPTCHA_ENTERPRISE_KEY": read.optional(read.text),
    "APP_CHECK_RECAPTCHA_V3_KEY": read.optional(read.text),
    "EMULATOR_HOST": read.emulator_host,
    "REQUIRE_VERIFIED_EMAIL": read.boolean,
    "ALLOW_ANONYMOUS": read.boolean,
    "CHECK_REVOKED": read.boolean,
    "ACCEPT_ID_TOKENS": read.boolean,
    "ALLOWED_ORIGINS": read.origins,
    "ACCOUNT_DELETION": read.boolean,
    "SESSIONS_PER_ACCOUNT": read.count,
    "NATIVE_CLIENTS": read_native_clients,
    "API": read.api,
    "SIGN_IN_NEXT": read.path,
    "SIGN_OUT_NEXT": read.path,
    "RATE_LIMIT": read.optional(read.text),
    "AUTH_PROXY": read.boolean,
    "SERVICE_ACCOUNT": read.optional(read.service_account),
}


def _check_known(given: Mapping[str, str]) -> None:
    for name, key in given.items():
        if name not in _READERS:
            nearest = difflib.get_close_matches(name, _READERS, n=1, cutoff=0.0)[0]
            raise ConfigError(
                f"{key} is not a key of Flask-Firebase-Login. Did you mean {PREFIX}{nearest}? Otherwise remove it."
            )


def _check_session_lifetime(config: Config, lifetime: timedelta) -> None:
    if config.session_ttl > lifetime:
        raise ConfigError(
            f"{PREFIX}SESSION_TTL ({config.session_ttl}) is longer than Flask's PERMANENT_SESSION_LIFETIME ({lifetime}), "
            "after which the cookie is not read any more: raise PERMANENT_SESSION_LIFETIME, or lower the other."
        )


def _check_pairs(config: Config) -> None:
    if config.session_ttl > config.session_max_ttl:
        raise ConfigError(
            f"{PREFIX}SESSION_TTL ({config.session_ttl}) is longer than {PREFIX}SESSION_MAX_TTL ({config.session_max_ttl}): lower the first, or raise the second."
        )
    if config.touch_interval >= config.session_ttl:
        raise ConfigError(
            f"{PREFIX}TOUCH_INTERVAL ({config.touch_interval}) is not shorter than {PREFIX}SESSION_TTL ({config.session_ttl}): sessions in use would end. Lower the first."
        )
    if config.emulator_host and config.jwks_url != GOOGLE_JWKS_URL:
        raise ConfigError(
            f"{PREFIX}JWKS_URL is set, but with the Firebase Auth emulator no signature is checked. Remove one of the two; "
            f'{PREFIX}EMULATOR_HOST = "" turns the emulator off whatever {EMULATOR_VARIABLE} says.'
        )
    if config.auth_proxy and not config.auth_domain:
        raise ConfigError(
            f"{PREFIX}AUTH_PROXY is set, but {PREFIX}CONFIG has no authDomain to relay to: add it, as the Firebase console shows it."
        )
    if config.check_revoked and not config.api_key and not config.emulator_host:
        raise ConfigError(
            f"{PREFIX}CHECK_REVOKED is set, but {PREFIX}CONFIG has no apiKey to ask Firebase with: add it, as the Firebase console shows it."
        )
    if "anonymous" in config.providers and not config.allow_anonymous:
        raise ConfigError(
            f"{PREFIX}PROVIDERS offers 'anonymous', but {PREFIX}ALLOW_ANONYMOUS is not set: set it to True, or take 'anonymous' out."
        )
    if config.allow_anonymous and config.require_verified_email:
        raise ConfigError(
            f"{PREFIX}ALLOW_ANONYMOUS and {PREFIX}REQUIRE_VERIFIED_EMAIL are both set, but nobody anonymous has an e-mail address: remove one."
        )
