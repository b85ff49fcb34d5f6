"""What the scripted site knows of a sign-in through its page: who was sent to `authorize`, and what a code is exchanged with."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

_KNOWN = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "code_challenge",
        "code_challenge_method",
        "state",
        "scope",
        "login_hint",
        "prompt",
    }
)
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_\-]{43}")


class Asked(Protocol):
    """A request as it arrived."""

    where: str

    @property
    def line(self) -> str:
        """Such as `GET /api/hello`, or `open /auth/authorize`."""

    @property
    def address(self) -> str:
        """What a browser was to open."""

    @property
    def query(self) -> dict[str, str]:
        """The query of it."""

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""


class AuthorizeDouble:
    """Checks each sign-in through the site's page as a site would, and makes the addresses that the browser comes back to.

    Args:
        site: The site's address.
        url_prefix: Where its endpoints are.
    """

    def __init__(self, site: str, url_prefix: str) -> None:
        self._site = site
        self._issuer = site + url_prefix
        self._by_code: dict[str, dict[str, str]] = {}
        self._last: dict[str, str] = {}
        self._seen: set[str] = set()
        self.secrets: set[str] = set()

    def check(self, asked: Asked, expected: dict[str, Any]) -> list[str]:
        """Return what is wrong with a request, beyond what every exchange of a case is compared by."""
        if asked.where == "browser":
            return self._check_opened(asked)
        return self._check_form(asked, expected["form"]) if "form" in expected else []

    def come_back(self, asked: Asked, told: list[dict[str, str | None]]) -> list[str]:
        """Return the addresses that the browser comes back to; `state` and `iss` are the right ones where a case names no other."""
        query = asked.query
        place = urlsplit(query.get("redirect_uri", ""))
        back = []
        for one in told:
            if one.get("code"):
                self._by_code[str(one["code"])] = query
            members = {"state": query.get("state"), "iss": self._issuer} | one
            path = members.pop("path", None) or place.path
            fields = {name: value for name, value in members.items() if value is not None}
            back.append(urlunsplit(place._replace(path=path, query=urlencode(fields))))
        return back

    def _check_opened(self, asked: Asked) -> list[str]:
        query, found = asked.query, []
        if not asked.address.startswith(f"{self._issuer}/"):
            found.append(f"opened {asked.address}, which is not the site's")
        if asked.line != f"open {urlsplit(self._issuer).path}/authorize":
            return found
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            found.append(f"opened {asked.address}, without response_type=code or code_challenge_method=S256")
        if set(query) - _KNOWN or query.get("scope", "account") != "account":
            found.append(f"opened {asked.address}, with more than the site knows")
        if not _CHALLENGE.fullmatch(query.get("code_challenge", "")) or len(query.get("state", "")) < 22:
            found.append(f"opened {asked.address}, with a code_challenge that is no SHA-256, or a state that can be guessed")
        new = {query.get("code_challenge", ""), query.get("state", "")}
        if self._seen & new or len(new) != 2:
            found.append(f"opened {asked.address}, with a code_challenge or a state of before")
        self._seen |= new
        self._last = query
        self.secrets.add(query.get("state", ""))
        return found

    def _check_form(self, asked: Asked, expected: dict[str, str]) -> list[str]:
        form = asked.form
        opened = self._by_code.get(form.get("code", ""), self._last)
        wanted = expected | ({"redirect_uri": opened.get("redirect_uri", "")} if "redirect_uri" in expected else {})
        verifier = form.get("code_verifier", "")
        if wanted.get("code_verifier") == "{verifier}":
            self.secrets.add(verifier)
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if _VERIFIER.fullmatch(verifier) and digest == opened.get("code_challenge"):
                wanted["code_verifier"] = verifier
        return [] if form == wanted else [f"{asked.line} has the form {form}, not {wanted}"]
