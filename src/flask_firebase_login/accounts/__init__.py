"""Who is this here? SQLAlchemy, and no Flask."""

from __future__ import annotations

from .admission import Admission
from .models import AccountMixin
from .service import Accounts

__all__ = ["AccountMixin", "Accounts", "Admission"]
