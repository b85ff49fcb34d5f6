"""The app's side of Flask-Firebase-Login, on httpx."""

from __future__ import annotations

from .async_identity import AsyncIdentityToolkit
from .auth import FirebaseLoginAuth, OnState
from .effects import AppCheckSource, IdentitySource, IDTokenSource
from .errors import (
    AnswerUnreadable,
    AppCheckFailed,
    BrowserNotOpened,
    CallWithinSignIn,
    Cancelled,
    ClientError,
    ClientNotRegistered,
    ClockWrong,
    FirebaseRejected,
    NotOurSite,
    NotSignedInAtFirebase,
    RedirectsTaken,
    SignInDenied,
    SignInRejected,
    SignInTimedOut,
    StoreFailed,
    TryLater,
    UserChanged,
)
from .firebase_user import FirebaseUser
from .identity import IdentityToolkit
from .page_sign_in import AnswerPage, BrowserSignIn, DeviceCode, DeviceSignIn
from .sending import OnProgress, Step
from .site_client import AsyncSiteClient, SiteClient
from .state import SessionState
from .stores import FileStore, FletStore, KeyringStore, MemoryStore, Store

__version__ = "0.1.0.dev0"

__all__ = [
    "AnswerPage",
    "AnswerUnreadable",
    "AppCheckFailed",
    "AppCheckSource",
    "AsyncIdentityToolkit",
    "AsyncSiteClient",
    "BrowserNotOpened",
    "BrowserSignIn",
    "CallWithinSignIn",
    "Cancelled",
    "ClientError",
    "ClientNotRegistered",
    "ClockWrong",
    "DeviceCode",
    "DeviceSignIn",
    "FileStore",
    "FirebaseLoginAuth",
    "FirebaseRejected",
    "FirebaseUser",
    "FletStore",
    "IDTokenSource",
    "IdentitySource",
    "IdentityToolkit",
    "KeyringStore",
    "MemoryStore",
    "NotOurSite",
    "NotSignedInAtFirebase",
    "OnProgress",
    "OnState",
    "RedirectsTaken",
    "SessionState",
    "SignInDenied",
    "SignInRejected",
    "SignInTimedOut",
    "SiteClient",
    "Step",
    "Store",
    "StoreFailed",
    "TryLater",
    "UserChanged",
]
