"""The real Firebase Auth emulator, for the demo and the tests.

It is npm's `firebase-tools`, installed by `make setup` into `tools/emulator`. It listens on a free port of loopback, contacts
nothing else, and ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from node_setup import find_node

EMULATOR_FOLDER = Path(__file__).parent / "emulator"
START_SECONDS = 60
OWNER = {"Authorization": "Bearer owner"}


class EmulatorError(Exception):
    """The emulator cannot be started, or rejected a request; the message says what it said."""


class FirebaseAuthEmulator:
    """A running emulator, and the few requests that the demo and the tests make of it.

    Args:
        project_id: A project that cannot exist, `demo-…`.
        log: Where its log goes.

    Example:
        with FirebaseAuthEmulator("demo-shop") as emulator:
            id_token = emulator.sign_in_with_google("ada@example.com", "Ada")["idToken"]
    """

    def __init__(self, project_id: str = "demo-shop", *, log: Path | None = None) -> None:
        self.project_id = project_id
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    @property
    def host(self) -> str:
        """What `FIREBASE_AUTH_EMULATOR_HOST` is set to."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> FirebaseAuthEmulator:
        """Start it, and wait until it answers."""
        with (self._log or Path(os.devnull)).open("a") as log:
            self._process = subprocess.Popen(
                [_find_node(), "start.mjs", self.project_id],
                cwd=EMULATOR_FOLDER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {"CI": "1", "NO_UPDATE_NOTIFIER": "1"},
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("{"):
            self.stop()
            raise EmulatorError(f"The emulator did not start: {line.strip() or 'run `make setup`, then see its log'}.")
        self._port = int(json.loads(line)["port"])
        self._request("GET", "/")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """Stop it, and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(START_SECONDS)
            process.stdout.close()

    def sign_in_with_google(self, email: str, name: str) -> dict[str, Any]:
        """Sign a person in as the Google button does: the provider's credential becomes an ID token.

        Args:
            email: The person's address at Google.
            name: Their name at Google.

        Returns:
            Firebase's answer, with `idToken`, `refreshToken` and `localId`.
        """
        identity = {"sub": f"google-{email}", "email": email, "email_verified": True, "name": name}
        credential = f"providerId=google.com&id_token={quote(json.dumps(identity))}"
        body = {
            "postBody": credential,
            "requestUri": "http://localhost",
            "returnSecureToken": True,
            "returnIdpCredential": True,
        }
        return self.call("accounts:signInWithIdp", body)

    def sign_up(self, email: str, password: str) -> dict[str, Any]:
        """Make a person with a password, and sign them in."""
        return self.call("accounts:signUp", {"email": email, "password": password, "returnSecureToken": True})

    def sign_in_with_password(self, email: str, password: str) -> dict[str, Any]:
        """Sign a person in with their password."""
        return self.call("accounts:signInWithPassword", {"email": email, "password": password, "returnSecureToken": True})

    def call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call Identity Toolkit, as the Firebase SDKs do.

        Args:
            method: Such as `accounts:signUp`.
            body: The request.

        Raises:
            EmulatorError: It rejected; the message is its error.
        """
        return self._request("POST", f"/identitytoolkit.googleapis.com/v1/{method}?key=emulator", body)

    def call_as_owner(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call Identity Toolkit as the project's owner, as the Admin SDKs do."""
        path = f"/identitytoolkit.googleapis.com/v1/projects/{self.project_id}/{method}"
        return self._request("POST", path, body, headers=OWNER)

    def find_user(self, email: str) -> dict[str, Any]:
        """Return what Firebase knows of a person.

        Args:
            email: Whose.
        """
        user: dict[str, Any] = self.call_as_owner("accounts:lookup", {"email": [email]})["users"][0]
        return user

    def find_link(self, email: str, kind: str) -> str:
        """Return the newest link that was "sent" to a person.

        Args:
            email: Whose.
            kind: `EMAIL_SIGNIN`, `PASSWORD_RESET` or `VERIFY_EMAIL`.

        Raises:
            EmulatorError: There is none.
        """
        sent = self._request("GET", f"/emulator/v1/projects/{self.project_id}/oobCodes")["oobCodes"]
        links = [one["oobLink"] for one in sent if (one["email"], one["requestType"]) == (email, kind)]
        if not links:
            raise EmulatorError(f"No link of the kind {kind} was sent to {email}.")
        return str(links[-1])

    def open_link(self, email: str, kind: str, more: str = "") -> None:
        """Open the newest link that was "sent" to a person, as they would."""
        link = self.find_link(email, kind) + more
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        with opener.open(link, timeout=START_SECONDS):
            pass

    def find_code(self, number: str) -> str:
        """Return the newest code that was "sent" to a telephone."""
        sent = self._request("GET", f"/emulator/v1/projects/{self.project_id}/verificationCodes")["verificationCodes"]
        return str(next(one["code"] for one in reversed(sent) if one["phoneNumber"] == number))

    def enroll_phone(self, email: str, password: str, number: str) -> None:
        """Make a person with a password and a second factor by SMS."""
        path = f"/identitytoolkit.googleapis.com/v2/projects/{self.project_id}/config?updateMask=mfa"
        self._request("PATCH", path, {"mfa": {"state": "ENABLED", "enabledProviders": ["PHONE_SMS"]}}, headers=OWNER)
        uid = self.sign_up(email, password)["localId"]
        factor = {"phoneInfo": number, "displayName": "SMS", "mfaEnrollmentId": "sms", "enrolledAt": "2026-01-01T00:00:00Z"}
        self.call_as_owner("accounts:update", {"localId": uid, "emailVerified": True, "mfa": {"enrollments": [factor]}})

    def clear(self) -> None:
        """Forget everybody."""
        self._request("DELETE", f"/emulator/v1/projects/{self.project_id}/accounts", headers=OWNER)

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://{self.host}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"} | (headers or {}),
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=START_SECONDS) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            with error:
                raise EmulatorError(f"{method} {path.split('?')[0]}: {error.read().decode()}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The link's work is done when it answers; where it leads is the browser's matter."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp

    http_error_303 = http_error_302


def _find_node() -> str:
    node = find_node()
    if node is None:
        raise EmulatorError("There is no Node of version 20 or later: run `make setup`.")
    return str(node)
