"""What Firebase has changed since: lookup, deletion, sync. SQLAlchemy and httpx, and no Flask.

Importing this package loads the tables alone. `service.py` loads the rest where it is needed: httpx's part where the site is configured to ask
Firebase, google-auth where it needs credentials of its own.
"""

from __future__ import annotations

from .models import DeletionMixin, SyncMixin
from .service import Firebase
from .settings import FirebaseSettings

__all__ = ["DeletionMixin", "Firebase", "FirebaseSettings", "SyncMixin"]
