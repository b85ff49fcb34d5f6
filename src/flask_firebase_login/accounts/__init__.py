"""Who is this here? SQLAlchemy, and no Flask."""

from __future__ import annotations

from .models import AccountMixin
from .service import Accounts
from .sign_in_policy import SignInPolicy

__all__ = ["AccountMixin", "Accounts", "SignInPolicy"]
