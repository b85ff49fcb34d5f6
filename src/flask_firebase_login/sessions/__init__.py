"""On which devices is a user signed in? SQLAlchemy, and no Flask."""

from __future__ import annotations

from .models import SessionMixin
from .service import Found, Lifetimes, Opened, Sessions, Transport

__all__ = ["Found", "Lifetimes", "Opened", "SessionMixin", "Sessions", "Transport"]
