"""One Firebase sign-in for a Flask site and its app."""

from __future__ import annotations

from . import signals
from .accounts import AccountMixin, Accounts, SignInPolicy
from .accounts.firebase_side import SyncReport
from .accounts.hooks import by_verified_email
from .errors import (
    AccountConflict,
    AccountDisabled,
    ConfigError,
    FirebaseDenied,
    FirebaseLoginError,
    FirebaseUnavailable,
    InvalidSettings,
    KeysUnavailable,
    Rejected,
    RoleRequired,
    SignInDenied,
)
from .extension import FirebaseLogin
from .idtokens import IDToken, IDTokenVerifier, PublicKeys
from .sessions import SessionMixin, Sessions
from .signals import (
    account_created,
    account_deleted,
    account_updated,
    app_checked,
    new_device,
    security_changed,
    session_revoked,
    sign_in_rejected,
    signed_in,
    signed_out,
)
from .web.decorators import recent_sign_in_required, roles_required
from .web.signed_in import find_signed_in

__version__ = "0.1.0.dev0"

__all__ = [
    "AccountConflict",
    "AccountDisabled",
    "AccountMixin",
    "Accounts",
    "ConfigError",
    "FirebaseDenied",
    "FirebaseLogin",
    "FirebaseLoginError",
    "FirebaseUnavailable",
    "IDToken",
    "IDTokenVerifier",
    "InvalidSettings",
    "KeysUnavailable",
    "PublicKeys",
    "Rejected",
    "RoleRequired",
    "SessionMixin",
    "Sessions",
    "SignInDenied",
    "SignInPolicy",
    "SyncReport",
    "account_created",
    "account_deleted",
    "account_updated",
    "app_checked",
    "by_verified_email",
    "find_signed_in",
    "new_device",
    "recent_sign_in_required",
    "roles_required",
    "security_changed",
    "session_revoked",
    "sign_in_rejected",
    "signals",
    "signed_in",
    "signed_out",
]
