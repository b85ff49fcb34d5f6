"""`python -m flask_firebase_login_client`: signs in at a site, for scripts and for curl."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from .auth import FirebaseLoginAuth
from .errors import BrowserNotOpened, ClientError, NotSignedInAtFirebase, StoreFailed
from .page_sign_in import BrowserSignIn, DeviceCode, DeviceSignIn, PageSignIn
from .site_client import SiteClient
from .stores import FileStore

DONE, FAILED, UNREACHABLE, INTERRUPTED = 0, 1, 3, 130
TIMEOUT_SECONDS = 30
_PROGRAM = "python -m flask_firebase_login_client"
_EXAMPLES = f"""\
examples:
  {_PROGRAM} sign-in https://shop.example --client-id notes-cli
  curl -H "Authorization: Bearer $({_PROGRAM} token https://shop.example)" https://shop.example/api/hello
  {_PROGRAM} open https://shop.example /auth/
  {_PROGRAM} sign-out https://shop.example

exit status: {DONE} done, {FAILED} not done, 2 wrong arguments, {UNREACHABLE} the site does not answer, {INTERRUPTED} interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, and return the exit status."""
    parser = make_parser()
    told = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = told.command
    try:
        return command(told)
    except (ValueError, httpx.InvalidURL) as error:
        parser.error(str(error))
    except (ClientError, httpx.HTTPError, OSError) as error:
        return _fail(*_explain(error, told.site))
    except KeyboardInterrupt:
        return _fail("Interrupted.", INTERRUPTED)


def _explain(error: Exception, site: str) -> tuple[str, int]:
    """Return what is said of an error, and the exit status."""
    match error:
        case NotSignedInAtFirebase():
            return f"Nobody is signed in at {site}, or the site has ended the session: run {_PROGRAM} sign-in {site}", FAILED
        case httpx.HTTPStatusError():
            return f"{site} answers {error.response.status_code}: see its address, and --prefix.", FAILED
        case httpx.HTTPError():
            return f"{site} does not answer: {error}", UNREACHABLE
        case OSError():
            return f"{error.strerror or type(error).__name__}: {error.filename or site}", FAILED
    return str(error), FAILED


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the arguments."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Signs in at a site with Flask-Firebase-Login through the site's own page, and keeps the session in a file.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=command)
        added.add_argument("site", metavar="URL", help="the site, such as https://shop.example")
        added.add_argument("--store", metavar="FILE", type=Path, help="where the session is kept; by default one file a site")
        added.add_argument("--prefix", default="/auth", help="where the site's endpoints are; by default /auth")
        return added

    adding = add("sign-in", sign_in, "sign in, unless a session that works is kept, and say who is signed in")
    adding.add_argument("--client-id", required=True, help="what this client is called in FIREBASE_LOGIN_NATIVE_CLIENTS")
    adding.add_argument("--device", action="store_true", help="show a code to be typed on another device; open no browser")
    adding.add_argument("--again", action="store_true", help="sign in also where a session is kept, such as for another user")
    adding.add_argument("--login-hint", metavar="EMAIL", help="the e-mail address that the page offers first")
    adding.add_argument(
        "--timeout", metavar="SECONDS", type=_read_seconds, default=300, help="how long to wait for the browser"
    )
    add("sign-out", sign_out, "end the session, here and at the site")
    add(
        "token",
        print_token,
        'print the session\'s bearer, a secret, for `curl -H "Authorization: Bearer …"`; asks the site nothing',
    )
    opening = add("open", open_page, "open a page of the site's in the browser, signed in")
    opening.add_argument("page", metavar="PAGE", nargs="?", help="a path of the site's; by default the site's own choice")
    opening.add_argument("--print", action="store_true", help="print the address, a secret that is good once, and open nothing")
    return parser


def sign_in(told: argparse.Namespace) -> int:
    """Sign in, and say who that is."""
    failed: list[StoreFailed] = []
    auth = _make_auth(told, _make_way(told), failed.append)
    with SiteClient(auth, timeout=TIMEOUT_SECONDS) as client:
        if told.again:
            account = auth.sign_in(client)
        else:
            client.get(f"{told.prefix}/account").raise_for_status()
            account = auth.account or {}
    if failed:
        raise failed[0]
    _say(f"Signed in at {told.site} as {_name(account)}.")
    return DONE


def sign_out(told: argparse.Namespace) -> int:
    """End the session, here and at the site."""
    auth = _make_auth(told)
    with SiteClient(auth, timeout=TIMEOUT_SECONDS) as client:
        is_ended = auth.sign_out(client)
    if not is_ended:
        return _fail(f"Signed out here. {told.site} does not answer: sign out once more, and it is told.", UNREACHABLE)
    _say(f"Signed out at {told.site}.")
    return DONE


def print_token(told: argparse.Namespace) -> int:
    """Print the bearer, as it is kept."""
    auth = _make_auth(told)
    auth.load()
    header = auth.headers_for(auth.site).get("Authorization", "")
    if not header:
        raise NotSignedInAtFirebase
    _say(header.removeprefix("Bearer "))
    return DONE


def open_page(told: argparse.Namespace) -> int:
    """Open a page in the browser, signed in."""
    auth = _make_auth(told)
    with SiteClient(auth, timeout=TIMEOUT_SECONDS) as client:
        address = auth.browser_url(client, told.page)
    if told.print:
        _say(address)
    elif not webbrowser.open(address):
        return _fail(
            "No browser could be opened: --print prints the address, which is a secret, and good once and for a minute."
        )
    return DONE


def default_store(site: str, prefix: str, environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the file that keeps a site's session, in the user's folder for settings.

    Args:
        site: The site's address.
        prefix: Where its endpoints are.
        environment: Environment variables.
        platform: As `sys.platform`.
    """
    home = Path.home()
    if platform == "win32":
        folder = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    place = site.rstrip("/") + prefix.removesuffix("/auth")
    name = re.sub(r"[^a-z0-9.\-]+", "_", place.lower())[:80]
    if not re.fullmatch(r"https?://[a-z0-9.\-]{1,70}", place):  # another place may read alike
        name = f"{name}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    return folder / "flask-firebase-login" / f"{name}.json"


def _make_auth(
    told: argparse.Namespace,
    way: PageSignIn | None = None,
    on_store_failed: Callable[[StoreFailed], object] | None = None,
) -> FirebaseLoginAuth:
    store = FileStore(told.store or default_store(told.site, told.prefix))
    return FirebaseLoginAuth(told.site, way or _nobody, store=store, url_prefix=told.prefix, on_store_failed=on_store_failed)


def _make_way(told: argparse.Namespace) -> PageSignIn:
    if told.device:
        return DeviceSignIn(told.client_id, show=_show)
    timeout = timedelta(seconds=told.timeout)
    return BrowserSignIn(told.client_id, open_browser=_open_browser, login_hint=told.login_hint, timeout=timeout)


def _nobody(*, force_refresh: bool) -> None:
    """Signs nobody in: that is `sign-in`'s alone."""


def _show(code: DeviceCode) -> None:
    _tell(f"Open {code.verification_uri} on any device, and type this code: {code.user_code}")
    if code.verification_uri_complete:
        _tell(f"Or open {code.verification_uri_complete}, and see that it shows this code.")


def _open_browser(address: str) -> None:
    """Where no browser opens, the user opens the address: the program goes on waiting."""
    _tell(f"Sign in in the browser. Where none opens, open this address:\n{address}")
    try:
        webbrowser.open(address)
    except webbrowser.Error as error:
        raise BrowserNotOpened(error) from error


def _name(account: Mapping[str, Any]) -> str:
    told = [str(account[key]) for key in ("name", "email") if account.get(key)]
    return " <".join(told) + ">" * (len(told) - 1) if told else str(account.get("firebase_uid", "somebody"))


def _read_seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 24 * 60 * 60:
        raise ValueError(text)
    return seconds


def _say(text: str) -> None:
    sys.stdout.write(f"{_printable(text)}\n")


def _tell(text: str) -> None:
    """What is no result goes elsewhere, and is there before the wait."""
    sys.stderr.write(f"{_printable(text)}\n")
    sys.stderr.flush()


def _fail(text: str, status: int = FAILED) -> int:
    _tell(text)
    return status


def _printable(text: str) -> str:
    """A site's text moves no cursor."""
    return "".join(one for one in text if one.isprintable() or one == "\n")
