"""Where `next` may lead: to a path on this host."""

from __future__ import annotations

from urllib.parse import unquote

from flask import request

MAX_NEXT_CHARACTERS = 2048
_MAX_LAYERS = 5


def safe_next(target: str | None, default: str) -> str:
    """Return where to go after a sign-in: the target where it is a path on this host, else the default.

    Args:
        target: What the client asked for.
        default: Where to go instead.

    Source: OWASP, "Unvalidated Redirects and Forwards Cheat Sheet"; WHATWG URL, section 4.4 (what browsers make of
    backslashes, tabs and newlines).
    """
    return target if target is not None and _is_path_on_this_host(target) else default


def find_landing(configured: str) -> str:
    """Return where `SIGN_IN_NEXT` or `SIGN_OUT_NEXT` leads the browser of the request at hand.

    Args:
        configured: A path of the app. One that names the mount point already stays as it is.
    """
    mount = request.script_root
    if configured == mount or configured.startswith(f"{mount}/"):
        return configured
    return _below(mount, configured)


def find_page() -> str:
    """Return the address of the page that the request at hand asks for, as a path on this host."""
    return _below(request.script_root, request.full_path.removesuffix("?"))


def _below(mount: str, path: str) -> str:
    """Return a path of the app below its mount point (PEP 3333, `SCRIPT_NAME`), which a proxy may have set to anything."""
    mounted = f"{mount}{path}"
    return mounted if _is_path_on_this_host(mounted) else path


def _is_path_on_this_host(target: str) -> bool:
    if len(target) > MAX_NEXT_CHARACTERS or not target.startswith("/") or not _is_tame(target):
        return False
    path = target.split("?", 1)[0].split("#", 1)[0]
    for _ in range(_MAX_LAYERS):
        if "//" in path or not _is_tame(path):
            return False
        decoded = unquote(path)
        if decoded == path:
            return True
        path = decoded
    return False


def _is_tame(text: str) -> bool:
    """No backslash, which browsers read as a slash; nothing invisible, which they leave out; nothing that is not Unicode."""
    return "\\" not in text and "\ufffd" not in text and (text.isprintable() or all(c.isprintable() or c == " " for c in text))
