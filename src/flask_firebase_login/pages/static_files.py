"""The pages' static files as small as set-up has made them: `.br` and `.gz` stand beside each, and the browser says which it takes.

A proxy or CDN in front leaves alone what is encoded already, and keeps the copies apart by `Vary`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, request, send_file
from werkzeug.security import safe_join

STATIC = Path(__file__).parent / "static"
BUILD = "build"
STYLE, ACCOUNT_STYLE = "pages.css", "account.css"
SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""The copies that set-up makes, the smaller first, by the name of their content coding (RFC 7932, section 13; RFC 9110, section 8.4.1)."""


@dataclass(frozen=True)
class Script:
    """The script of a page.

    Attributes:
        file: Its name in the folder of static files.
        preloads: What it loads in any case, to be asked for with it.
    """

    file: str
    preloads: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """What set-up has built.

    Attributes:
        style: The style sheet's name in the folder of static files.
        account_style: That of what the account page has beside it.
        sdk: That of the script with the Firebase SDK; None where set-up has built none.
        app_check: That of the script for App Check, likewise.
        scripts: Each page's script, by the page's name; empty where set-up has built none.
    """

    style: str
    account_style: str
    sdk: str | None
    app_check: str | None
    scripts: Mapping[str, Script]


class StaticBlueprint(Blueprint):
    """A blueprint that serves the compressed copy of a static file, where there is one that the browser takes."""

    def send_static_file(self, filename: str) -> Response:
        """Serve a static file, with the length and `ETag` of the copy that is served.

        Source: RFC 9110, sections 12.5.3 (Accept-Encoding) and 8.8.3.3 (each coding has an entity tag of its own).
        """
        if not filename.startswith(f"{BUILD}/"):
            return super().send_static_file(filename)
        coding = request.accept_encodings.best_match([*SUFFIXES, "identity"])
        copy = safe_join(str(STATIC), f"{filename}{SUFFIXES[coding]}") if coding in SUFFIXES else None
        if copy is not None and Path(copy).is_file():
            answer = send_file(copy, mimetype=guess_type(filename)[0], conditional=True)
            answer.headers["Content-Encoding"] = coding
        else:
            answer = super().send_static_file(filename)
        answer.vary.add("Accept-Encoding")
        return answer


@lru_cache(maxsize=1)
def read_manifest() -> Built:
    """Return what set-up has built; without it the pages say that their script is missing."""
    try:
        manifest = json.loads((STATIC / BUILD / "manifest.json").read_text())
    except FileNotFoundError:
        return Built(STYLE, ACCOUNT_STYLE, None, None, {})

    def find(name: str) -> str:
        return f"{BUILD}/{name}"

    scripts = {
        page: Script(find(script["file"]), tuple(find(name) for name in script["preloads"]))
        for page, script in manifest["scripts"].items()
    }
    style, account_style, sdk, app_check = (find(manifest[name]) for name in ("style", "account_style", "sdk", "app_check"))
    return Built(style, account_style, sdk, app_check, scripts)
