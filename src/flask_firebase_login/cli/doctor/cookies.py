"""SECRET_KEY, and the cookies that are signed with it.

Source: OWASP ASVS 5.0, V3.3 Cookie Setup; Flask, "Security Considerations".
"""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Examined, Finding

MIN_KEY_BYTES = 16
_GUESSED = ("dev", "secret", "changeme", "change-me", "change_me", "password", "example", "default", "your-", "123456")


def check_secret_key(examined: Examined) -> Iterator[Finding]:
    """Whoever guesses the key signs a Flask session as they like."""
    key = examined.app.secret_key or ""
    text = key.decode(errors="replace") if isinstance(key, bytes) else key
    is_guessed = len(text) < 2 * MIN_KEY_BYTES and any(word in text.lower() for word in _GUESSED)
    if not examined.is_in_development and (len(text.encode()) < MIN_KEY_BYTES or is_guessed):
        yield Finding(
            "secret_key_weak",
            "SECRET_KEY is short, or made of words that attackers try.",
            "Set it to 32 random bytes: `python -c 'import secrets; print(secrets.token_hex())'`. Users sign in again then.",
        )


def check_cookies(examined: Examined) -> Iterator[Finding]:
    """What a browser may do with the session cookie."""
    settings = examined.app.config
    is_secure, same_site = settings["SESSION_COOKIE_SECURE"], settings.get("SESSION_COOKIE_SAMESITE")
    if not examined.config.cookie_secure and not examined.is_in_development:
        yield Finding(
            "cookie_not_secure",
            "FIREBASE_LOGIN_COOKIE_SECURE is False: cookies go over plain HTTP too, where anybody on the way reads them.",
            "Serve the site over HTTPS, and remove the key.",
            "warning",
        )
    if examined.config.cookie_secure and not is_secure:
        yield Finding(
            "session_cookie_not_secure",
            "SESSION_COOKIE_SECURE is False, though FIREBASE_LOGIN_COOKIE_SECURE is not: something has set it after init_app.",
            "Do not set SESSION_COOKIE_SECURE; it follows FIREBASE_LOGIN_COOKIE_SECURE.",
        )
    if not settings["SESSION_COOKIE_HTTPONLY"]:
        yield Finding(
            "session_cookie_readable",
            "SESSION_COOKIE_HTTPONLY is False: any script in a page can read the session, and take it away.",
            "Remove SESSION_COOKIE_HTTPONLY, which is True by default.",
        )
    if str(same_site).lower() == "strict":
        yield Finding(
            "session_cookie_strict",
            "SESSION_COOKIE_SAMESITE is 'Strict': who follows a link from elsewhere, an e-mail say, looks signed out.",
            "Set SESSION_COOKIE_SAMESITE to 'Lax', or remove it (with Flask-Talisman: session_cookie_samesite='Lax').",
            "warning",
        )
    if str(same_site).lower() == "none" and same_site is not None and not is_secure:
        yield Finding(
            "session_cookie_dropped",
            "SESSION_COOKIE_SAMESITE is 'None' without Secure: browsers drop the cookie, and nobody stays signed in.",
            "Set SESSION_COOKIE_SAMESITE to 'Lax', or serve over HTTPS with FIREBASE_LOGIN_COOKIE_SECURE = True.",
        )
