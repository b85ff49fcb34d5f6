"""A device that signs in and sends its session along, by cookie or by bearer."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


class Device:
    """A test client that keeps what a sign-in gave it, whichever transport that is.

    Args:
        app: The site.
        issuer: Who mints its ID tokens.
        transport: `cookie` or `bearer`.
    """

    def __init__(self, app: Flask, issuer: Any, transport: str) -> None:
        self.client = app.test_client()
        self.issuer = issuer
        self.transport = transport
        self.secret: str | None = None

    def sign_in(self, email: str = "ada@example.com", *, path: str = "/auth/sign-in", **person: Any) -> TestResponse:
        id_token = self.issuer.mint(email=email, **person)
        body = {"id_token": id_token, "transport": self.transport, "client_name": f"{self.transport} device"}
        answer = self.open("POST", path, json=body)
        if answer.status_code == 200 and self.transport == "bearer":
            self.secret = answer.get_json()["session_secret"]
        return answer

    def open(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        headers = {"Accept": "application/json"} | (headers or {})
        if self.secret is not None:
            headers = {"Authorization": f"Bearer {self.secret}"} | headers
        return self.client.open(path, method=method, headers=headers, buffered=True, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.open("POST", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self.open("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.open("DELETE", path, **options)
