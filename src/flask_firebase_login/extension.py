"""`FirebaseLogin`: puts the rooms together for an app."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import ref

from flask import Blueprint, Flask, current_app

from . import security_log
from .accounts import AccountMixin, Accounts, SignInPolicy
from .accounts.hooks import ByVerifiedEmail, FindExisting, Hooks, OnDelete, OnExport, OnSignIn
from .accounts.patches import SettingsValidator
from .accounts.sign_in_policy import BeforeSignIn
from .api.endpoints import Api
from .api.handoff_endpoints import HandoffApi
from .clock import Clock, utc_now
from .config import Config
from .database.forks import forget_connections_after_fork
from .database.lost_connections import outlive_lost_connections
from .errors import ConfigError
from .firebase import Firebase, FirebaseSettings
from .handoff import Handoffs
from .idtokens import AppCheckVerifier, HttpFetch, IDTokenVerifier, PublicKeys, UnsignedVerifier, Verifier
from .models import Models, declare_models
from .pages import make_blueprint
from .pages.account_views import AccountPage
from .pages.action_views import ActionPages
from .pages.authorization_views import AuthorizationPages
from .pages.device_views import DevicePages
from .pages.link_views import LinkPages
from .pages.views import Pages
from .sessions import Lifetimes, Sessions
from .web import cookies, neighbours, origins, problems, rate_limits
from .web.app_check import AppCheck
from .web.services import Services
from .web.transports import Transports

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy.engine import Engine

EXTENSION_NAME = "firebase_login"
F = TypeVar("F", FindExisting, ByVerifiedEmail)


class FirebaseLogin:
    """One Firebase sign-in for a Flask site and its app.

    Args:
        app: The site; or call `init_app` later, for one app or several.
        db: Its Flask-SQLAlchemy, where the tables are declared.
        account_model: The site's own `class Account(AccountMixin, db.Model)`; without one, it is declared here.
        clock: The time, aware and in UTC.

    Raises:
        ConfigError: The site cannot start as it is configured; the message says what to set.

    Example:
        db = SQLAlchemy(app)
        firebase = FirebaseLogin(app, db)
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: SQLAlchemy | None = None,
        *,
        account_model: type[AccountMixin] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._db = db
        self._models = declare_models(db, account_model) if db is not None else None
        self._account_model = account_model
        self._clock = clock
        self._before_sign_in: list[BeforeSignIn] = []
        self._hooks = Hooks()
        self._settings_validator: SettingsValidator | None = None
        if app is not None:
            self.init_app(app, db)

    def init_app(self, app: Flask, db: SQLAlchemy | None = None) -> None:
        """Add the sign-in to an app: its loaders, its protection and its endpoints.

        Args:
            app: The site, configured and with a SECRET_KEY.
            db: Its Flask-SQLAlchemy, unless it was given before.

        Raises:
            ConfigError: The site cannot start as it is configured; the message says what to set.
        """
        config = Config.from_app(app)
        rate_limits.check_rate_limit(config.rate_limit)
        db, models = self._settle_models(db)
        verifier, app_check = make_verifier(config, self._clock), make_app_check(config, self._clock)
        accounts, sessions = self._make_accounts(db, models, config), self._make_sessions(db, models, config)
        handoffs = Handoffs(db.session, models.handoff, sessions, clock=self._clock)
        accounts.dependants += [handoffs, sessions]  # what sessions have vouched for is found by them
        sessions.after_pruning.append(handoffs.prune)
        firebase = accounts.firebase = self._make_firebase(db, models, config, accounts, sessions)
        sessions.after_pruning.append(firebase.prune)
        transports = Transports(db.session, config, accounts, sessions, verifier, app_check, clock=self._clock)
        services = Services(
            config, db.session, verifier, app_check, accounts, sessions, handoffs, firebase, transports, self._clock
        )
        blueprint = make_blueprint()
        security_log.connect()
        cookies.register(app, config)
        transports.register(app)
        origins.register(app, blueprint, config.url_prefix, config.allowed_origins)
        problems.register(app, blueprint, config.url_prefix, models.tables)
        Api(services).register(blueprint)
        HandoffApi(services).register(app, blueprint)
        pages = Pages(services)
        pages.register(app, blueprint)
        AccountPage(services).register(blueprint)
        ActionPages(services).register(blueprint)
        LinkPages(services).register(blueprint)
        if config.native_clients:
            AuthorizationPages(services).register(blueprint)
            DevicePages(services).register(blueprint)
        app.extensions[problems.PAGE] = pages.show_problem
        app.extensions[problems.PAGE_ALONE] = pages.show_problem_alone
        if config.auth_proxy and config.auth_domain:
            from .pages.proxy import AuthProxy

            AuthProxy(config.auth_domain, timeout=config.upstream_timeout).register(app)
        app.register_blueprint(blueprint, url_prefix=config.url_prefix)
        app.extensions[EXTENSION_NAME] = services
        neighbours.register(app, blueprint)
        outlive_lost_connections(db.session)
        forget_connections_after_fork(partial(_find_engines, ref(app), ref(db)))

    @property
    def accounts(self) -> Accounts[Any]:
        """Who users are, on the app at hand."""
        return self._services().accounts

    @property
    def sessions(self) -> Sessions[Any]:
        """On which devices they are signed in, on the app at hand."""
        return self._services().sessions

    @property
    def verifier(self) -> Verifier:
        """What verifies the ID tokens of the app at hand."""
        return self._services().verifier

    @property
    def app_check(self) -> AppCheck:
        """What checks whether the requests of the app at hand come from genuine copies of its apps."""
        return self._services().app_check

    @property
    def models(self) -> Models:
        """The mapped classes of accounts and sessions.

        Raises:
            ConfigError: There is no database yet.
        """
        if self._models is None:
            raise ConfigError("FirebaseLogin has no database yet. Give it one: FirebaseLogin(app, db), or init_app(app, db).")
        return self._models

    def before_sign_in(self, callback: BeforeSignIn) -> BeforeSignIn:
        """Decorate a callback that is asked at each sign-in, before an account is made.

        It takes the verified `IDToken` and raises `SignInDenied("why")` to reject the user.
        """
        self._before_sign_in.append(callback)
        return callback

    def link_existing(self, callback: F) -> F:
        """Decorate a callback that finds who a new Firebase user was on this site before: takes the `IDToken`, returns an account or None.

        It is asked once for each Firebase user, where no account has their uid; the uid is written into the account that it returns.
        `firebase.link_existing(by_verified_email(User.email))` is ready-made. Link by nothing that Firebase has not verified.
        """
        self._hooks.link_existing.append(callback)
        return callback

    def on_link(self, callback: OnSignIn) -> OnSignIn:
        """Decorate a callback that is called when somebody may not be the one of before, `(account, id_token)`.

        That is at the first sign-in through Firebase of a row of before, and where a verified address comes that the account did not have as such. The place to take away what else lets somebody in as that row, such as a token for an API, where the site has never verified whose it is.
        """
        self._hooks.on_link.append(callback)
        return callback

    def on_create(self, callback: OnSignIn) -> OnSignIn:
        """Decorate a callback that fills a new account, `(account, id_token)`, before it is stored."""
        self._hooks.on_create.append(callback)
        return callback

    def on_sign_in(self, callback: OnSignIn) -> OnSignIn:
        """Decorate a callback that is called at each sign-in, `(account, id_token)`, such as for roles from custom claims."""
        self._hooks.on_sign_in.append(callback)
        return callback

    def on_delete(self, callback: OnDelete) -> OnDelete:
        """Decorate a callback that deletes what else the site keeps of a user, `(account)`, before the account goes."""
        self._hooks.on_delete.append(callback)
        return callback

    def on_export(self, callback: OnExport) -> OnExport:
        """Decorate a callback that returns what else the site keeps of a user, `(account) -> dict`, for the export."""
        self._hooks.on_export.append(callback)
        return callback

    def settings_validator(self, callback: SettingsValidator) -> SettingsValidator:
        """Decorate the check of settings: takes them as they would become, returns what to keep, or raises `InvalidSettings`."""
        self._settings_validator = callback
        return callback

    def allow_origins(self, blueprint: Blueprint) -> Blueprint:
        """Let the pages of `ALLOWED_ORIGINS` call the site's own API as they may call ours: CORS with credentials, for those origins alone.

        Args:
            blueprint: The API, not yet registered. The app may come later.

        Returns:
            The blueprint.

        Source: Fetch Standard, section 3.3 (CORS protocol).
        """
        origins.allow_blueprint(blueprint)
        return blueprint

    def _services(self) -> Services:
        return cast(Services, current_app.extensions[EXTENSION_NAME])

    def _settle_models(self, db: SQLAlchemy | None) -> tuple[SQLAlchemy, Models]:
        self._db = self._db or db
        if self._models is None and self._db is not None:
            self._models = declare_models(self._db, self._account_model)
        models = self.models
        if self._db is None or db not in (None, self._db):
            raise ConfigError("FirebaseLogin already has another database. Use one FirebaseLogin for each SQLAlchemy().")
        return self._db, models

    def _make_accounts(self, db: SQLAlchemy, models: Models, config: Config) -> Accounts[Any]:
        policy = SignInPolicy(
            require_verified_email=config.require_verified_email,
            allow_anonymous=config.allow_anonymous,
            callbacks=self._before_sign_in,
        )
        return Accounts(
            db.session,
            models.account,
            clock=self._clock,
            policy=policy,
            hooks=self._hooks,
            validate_settings=lambda settings: self._settings_validator(settings) if self._settings_validator else settings,
        )

    def _make_sessions(self, db: SQLAlchemy, models: Models, config: Config) -> Sessions[Any]:
        lifetimes = Lifetimes(config.session_ttl, config.session_max_ttl, config.touch_interval)
        return Sessions(
            db.session,
            models.session,
            models.account,
            lifetimes=lifetimes,
            per_account=config.sessions_per_account,
            clock=self._clock,
        )

    def _make_firebase(
        self, db: SQLAlchemy, models: Models, config: Config, accounts: Accounts[Any], sessions: Sessions[Any]
    ) -> Firebase:
        settings = FirebaseSettings(
            project_id=config.project_id,
            tenant_id=config.tenant_id,
            api_key=config.api_key,
            emulator_host=config.emulator_host,
            service_account=config.service_account,
            check_revoked=config.check_revoked,
            timeout=config.upstream_timeout,
        )
        return Firebase(
            settings,
            db.session,
            accounts,
            sessions,
            models.deletion,
            models.sync,
            keeps_new_address=lambda: bool(self._hooks.on_link),
            clock=self._clock,
        )


def make_verifier(config: Config, clock: Clock) -> Verifier:
    """Return what verifies a site's ID tokens: against Google's keys, or the emulator's."""
    claims: dict[str, Any] = {
        "clock": clock,
        "clock_skew": config.clock_skew,
        "tenant_id": config.tenant_id,
        "max_age": config.id_token_max_age,
    }
    if config.emulator_host:
        return UnsignedVerifier(config.project_id, **claims)
    return IDTokenVerifier(config.project_id, _make_keys(config.jwks_url, config, clock), **claims)


def make_app_check(config: Config, clock: Clock) -> AppCheck:
    """Return what checks a site's App Check tokens, against keys of their own."""
    number = config.app_check_project_number
    if config.app_check == "off" or number is None:
        return AppCheck("off", None)
    keys = _make_keys(config.app_check_jwks_url, config, clock)
    verifier = AppCheckVerifier(number, keys, clock=clock, clock_skew=config.clock_skew, app_ids=config.app_check_app_ids)
    return AppCheck(config.app_check, verifier)


def _make_keys(url: str, config: Config, clock: Clock) -> PublicKeys:
    timeout = config.upstream_timeout
    return PublicKeys(url, fetch=HttpFetch(timeout), clock=clock, timeout=timeout)


def _find_engines(app: ref[Flask], db: ref[SQLAlchemy]) -> Iterable[Engine]:
    """Return the engines of an app, if app and database are still there."""
    its_app, its_db = app(), db()
    if its_app is None or its_db is None or "sqlalchemy" not in its_app.extensions:
        return ()
    with its_app.app_context():
        return [*its_db.engines.values()]
