"""Who may sign in here: asked at each sign-in, before an account is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import AnonymousRejected, EmailNotVerified
from ..idtokens.claims import IDToken

BeforeSignIn = Callable[[IDToken], None]
"""Returns to admit a user, or raises `SignInDenied`."""


@dataclass(frozen=True, kw_only=True)
class SignInPolicy:
    """Who may sign in: the rules of the site.

    Attributes:
        require_verified_email: Reject users without a verified e-mail address, those without any included.
        allow_anonymous: Take users who have no account at any provider.
        callbacks: The site's own, asked in order.
    """

    require_verified_email: bool = False
    allow_anonymous: bool = False
    callbacks: list[BeforeSignIn] = field(default_factory=list)

    def check(self, id_token: IDToken) -> None:
        """Return where a user may sign in.

        Raises:
            AnonymousRejected: An anonymous sign-in, where none are allowed.
            EmailNotVerified: No verified e-mail address, where one is required.
            SignInDenied: One of the callbacks rejected.
        """
        if id_token.is_anonymous and not self.allow_anonymous:
            raise AnonymousRejected
        if self.require_verified_email and not (id_token.email and id_token.email_verified):
            raise EmailNotVerified("This site asks for a verified e-mail address: verify it, then sign in again.")
        for admit in self.callbacks:
            admit(id_token)
