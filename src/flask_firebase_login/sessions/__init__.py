"""On which devices is a user signed in? SQLAlchemy, and no Flask."""

from __future__ import annotations

from .models import SessionMixin
from .service import Sessions
from .values import Found, Lifetimes, Opened, Pruned, Revoked, Standing, Transport

__all__ = ["Found", "Lifetimes", "Opened", "Pruned", "Revoked", "SessionMixin", "Sessions", "Standing", "Transport"]
