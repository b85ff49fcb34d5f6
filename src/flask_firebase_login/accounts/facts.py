"""What a provider says of a user, made fit to be stored."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..idtokens.claims import IDToken
from ..text import cut_plain
from .models import MAX_EMAIL_CHARACTERS, MAX_NAME_CHARACTERS, MAX_URL_CHARACTERS, AccountMixin


def read_facts(id_token: IDToken, known: AccountMixin | None = None) -> dict[str, Any]:
    """Return the columns that an ID token fills, with what they become.

    An absent name or picture never erases a known one: Apple tells a name once. `password` stays known while the
    user has an e-mail address, because an ID token tells of it only where it was just used; unless Firebase was asked, which knows.

    Args:
        id_token: The verified ID token.
        known: The account so far.
    """
    email = id_token.email if len(id_token.email or "") <= MAX_EMAIL_CHARACTERS else None
    providers = set(id_token.providers)
    if id_token.looked_up_at is None and known is not None and email and "password" in (known.providers or ()):
        providers.add("password")
    return {
        "provider_email": email,
        "email_verified": id_token.email_verified and email is not None,
        "provider_name": cut_plain(id_token.name, MAX_NAME_CHARACTERS) or (known.provider_name if known else None),
        "provider_photo_url": _read_photo_url(id_token) or (known.provider_photo_url if known else None),
        "providers": sorted(providers),
        "is_anonymous_user": id_token.is_anonymous,
    }


def _read_photo_url(id_token: IDToken) -> str | None:
    """Users can set this at Firebase to anything, so only what a browser may load as a picture is kept."""
    url = id_token.photo_url
    if url is None or len(url) > MAX_URL_CHARACTERS or url != cut_plain(url, MAX_URL_CHARACTERS):
        return None
    try:
        return url if urlsplit(url).scheme in ("https", "http") else None
    except ValueError:
        return None
