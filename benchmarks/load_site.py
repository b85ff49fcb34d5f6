"""The site that is put under load, and how it is asked: one connection for each request, so that no answer is another's."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from flask_firebase_login.testing import LocalIssuer
from site_process import SiteProcess

SITE = Path(__file__).parent / "site"
OPERATIONS_PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What the site answered.

    Attributes:
        status: The HTTP status; 0 where no answer came, because the worker was killed.
        body: The JSON of the body; empty where it is none.
        cookie: The session cookie that was set, as a `Cookie` header has it.
    """

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    cookie: str | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether what was asked may or may not have been stored."""
        return self.status in (0, 503)


def ask(
    port: int, method: str, path: str, credential: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
) -> Answer:
    """Ask a site on loopback.

    Args:
        port: Where it listens.
        method: The HTTP method.
        path: The path.
        credential: The header that a device signs in by.
        body: What to send as JSON.
    """
    headers = {"Accept": "application/json", "Connection": "close", **(credential or {})}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        response = connection.getresponse()
        return _read(response, response.read())
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()


def start_site(
    folder: Path, database_url: str, issuer: LocalIssuer, keys_url: str, *gunicorn: str, database_options: str = "{}"
) -> SiteProcess:
    """Return the site with its tables, to be run under gunicorn with the hook that the docs show.

    Args:
        folder: Where its log and gunicorn's configuration go.
        database_url: Its database.
        issuer: Whose ID tokens it takes.
        keys_url: Where it fetches the keys.
        gunicorn: gunicorn's options.
        database_options: `SQLALCHEMY_ENGINE_OPTIONS`, as JSON.
    """
    hook = re.search(r"```python\n(# gunicorn.conf.py\n.*?)```", OPERATIONS_PAGE.read_text(), re.DOTALL)
    assert hook is not None
    configuration = folder / "gunicorn.conf.py"
    configuration.write_text(hook[1])
    environment = {
        "FLASK_SQLALCHEMY_DATABASE_URI": database_url,
        "FLASK_SQLALCHEMY_ENGINE_OPTIONS": database_options,
        "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps({"projectId": issuer.project_id, "apiKey": "local"}),
        "FLASK_FIREBASE_LOGIN_EMULATOR_HOST": "",
        "FLASK_FIREBASE_LOGIN_JWKS_URL": keys_url,
        "FLASK_FIREBASE_LOGIN_SESSIONS_PER_ACCOUNT": "100000",
    }
    site = SiteProcess("app:app", SITE, environment, log=folder / "site.log", gunicorn=[f"--config={configuration}", *gunicorn])
    site.run_flask("create-tables")
    return site


def find_workers(master: int) -> list[int]:
    """Return the process ids of gunicorn's workers (Linux)."""
    return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def _read(response: http.client.HTTPResponse, raw: bytes) -> Answer:
    is_json = "json" in response.headers.get("Content-Type", "")
    return Answer(response.status, json.loads(raw) if raw and is_json else {}, find_session_cookie(response.headers))


def find_session_cookie(headers: Message) -> str | None:
    """Return the session's cookie as it is sent back; None where the answer sets none."""
    cookies = (line.partition(";")[0] for line in headers.get_all("Set-Cookie", ()))
    return next((cookie for cookie in cookies if cookie.startswith("session=")), None)
