"""Whether the sign-in page's ways lead anywhere: redirect sign-in against `authDomain`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from .findings import Examined, Finding

_HOSTED = (".firebaseapp.com", ".web.app")
_WITHOUT_REDIRECT = frozenset({"password", "emailLink", "phone", "anonymous"})


def check_redirect_sign_in(examined: Examined) -> Iterator[Finding]:
    """A provider's page leads back over `authDomain`, which has to be of this site where browsers shut third parties off.

    Source: firebase.google.com/docs/auth/web/redirect-best-practices.
    """
    config = examined.config
    federated = [provider for provider in config.providers if provider not in _WITHOUT_REDIRECT]
    if not federated or not config.api_key or examined.is_in_development:
        return
    if not config.auth_domain:
        yield Finding(
            "auth_domain_missing",
            f"FIREBASE_LOGIN_PROVIDERS offers {federated[0]}, and FIREBASE_LOGIN_CONFIG has no authDomain, over which it leads.",
            "Add authDomain to FIREBASE_LOGIN_CONFIG, as the Firebase console shows it.",
        )
    elif not config.auth_proxy and _is_third_party(config.auth_domain, _find_host(examined)):
        yield Finding(
            "redirect_third_party",
            f"authDomain is {config.auth_domain}, which is not this site: redirect sign-in, on phones above all, fails in browsers that "
            "block third-party storage.",
            "Set FIREBASE_LOGIN_AUTH_PROXY = True, and add this site's https://…/__/auth/handler to the redirect URIs at each provider; "
            "or make authDomain this site's host, as docs/pages.md says.",
            "warning",
        )


def _find_host(examined: Examined) -> str | None:
    host = urlsplit(examined.url).netloc if examined.url else examined.app.config.get("SERVER_NAME")
    return host or None


def _is_third_party(auth_domain: str, host: str | None) -> bool:
    """Where the site's host is not known, Firebase's own hosting is taken for another site."""
    return auth_domain.endswith(_HOSTED) if host is None else auth_domain.lower() != host.lower()
