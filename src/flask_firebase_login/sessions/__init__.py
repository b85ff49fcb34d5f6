"""On which devices is somebody signed in? SQLAlchemy, and no Flask."""

from __future__ import annotations

from .models import SessionMixin
from .service import Carrier, Found, Lifetimes, Opened, Sessions

__all__ = ["Carrier", "Found", "Lifetimes", "Opened", "SessionMixin", "Sessions"]
