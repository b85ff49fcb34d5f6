"""The app's side of Flask-Firebase-Login, on httpx."""

from __future__ import annotations

from .auth import FirebaseLoginAuth
from .effects import IDTokenSource
from .errors import (
    Cancelled,
    ClientError,
    ClockWrong,
    FirebaseRejected,
    NotOurSite,
    NotSignedInAtFirebase,
    RedirectsTaken,
    SignInRejected,
    StoreFailed,
    TryLater,
)
from .identity import AsyncIdentityToolkit, IdentityToolkit
from .identity_flows import FirebaseUser
from .state import SessionState
from .stores import FileStore, FletStore, KeyringStore, MemoryStore, Store

__version__ = "0.1.0.dev0"

__all__ = [
    "AsyncIdentityToolkit",
    "Cancelled",
    "ClientError",
    "ClockWrong",
    "FileStore",
    "FirebaseLoginAuth",
    "FirebaseRejected",
    "FirebaseUser",
    "FletStore",
    "IDTokenSource",
    "IdentityToolkit",
    "KeyringStore",
    "MemoryStore",
    "NotOurSite",
    "NotSignedInAtFirebase",
    "RedirectsTaken",
    "SessionState",
    "SignInRejected",
    "Store",
    "StoreFailed",
    "TryLater",
]
