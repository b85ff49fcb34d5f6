"""What the pages call users, and the ways in which they sign in."""

from __future__ import annotations

from ..accounts.documents import describe_account
from ..accounts.models import AccountMixin
from ..config import Config
from .texts import find_texts

NAMES = {
    "apple.com": "Apple",
    "facebook.com": "Facebook",
    "github.com": "GitHub",
    "google.com": "Google",
    "microsoft.com": "Microsoft",
    "twitter.com": "X",
    "yahoo.com": "Yahoo",
}


def name_account(account: AccountMixin, otherwise: str) -> str:
    """Return what a page calls a user: by name, else by e-mail address."""
    shown = describe_account(account)
    return str(shown["name"] or shown["email"] or otherwise)


def identify_account(account: AccountMixin) -> str:
    """Return a user's name with what the provider says of them: a name is chosen freely, and may be somebody else's address."""
    _ = find_texts().gettext
    shown = describe_account(account)
    name, email, unconfirmed = shown["name"], shown["email"], _("not confirmed")
    if email is None:
        return f"{name} ({unconfirmed})" if name and "@" in name else name or _("Another user")
    address = email if shown["email_verified"] else f"{email} ({unconfirmed})"
    return address if name in (None, address) else f"{name} · {address}"


def address_account(account: AccountMixin) -> str:
    """Return what a page calls a user to their face: name and address, whether or not it is confirmed; empty where they have neither."""
    shown = describe_account(account)
    return " · ".join(dict.fromkeys(one for one in (shown["name"], shown["email"]) if one))


def find_initials(name: str) -> str:
    """Return up to two letters that stand for somebody who has no picture."""
    words = [word for word in name.partition("@")[0].split() if word[0].isalnum()]
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def name_provider(config: Config, provider: str) -> str:
    """Return what users call a provider."""
    label = config.provider_labels.get(provider)
    return label.name if label else NAMES.get(provider) or provider.removeprefix("oidc.").removeprefix("saml.").capitalize()


def name_way(config: Config, provider: str) -> str:
    """Return what users call a way to sign in that Firebase names.

    An e-mail address is "password" to Firebase, also of users who sign in by links and never had one.
    """
    _ = find_texts().gettext
    if provider == "password":
        if "emailLink" not in config.providers:
            return _("Password")
        return _("E-mail") if "password" in config.providers else _("Link in an e-mail")
    return _("Telephone number") if provider == "phone" else name_provider(config, provider)


def find_ways(config: Config, account: AccountMixin) -> tuple[str, ...] | None:
    """Return by which ways a user can prove who they are; None where nothing is known of them.

    Firebase's "password" stands for a password and for a link in an e-mail; a provider that is connected counts although it is not
    offered any more.
    """
    if account.is_anonymous_user:
        return ("anonymous",)
    connected = account.providers or ()
    offered = [way for way in config.providers if (way if way != "emailLink" else "password") in connected]
    others = [way for way in connected if way not in (*config.providers, "password")]
    return (*offered, *others) or None


def list_proving(config: Config, account: AccountMixin) -> tuple[str, ...]:
    """Return the ways of `find_ways` as a dialog offers them: "password" once, for a password and for a link in an e-mail."""
    ways = find_ways(config, account) or tuple(way for way in config.providers if way != "anonymous")
    return tuple(dict.fromkeys("password" if way == "emailLink" else way for way in ways))
