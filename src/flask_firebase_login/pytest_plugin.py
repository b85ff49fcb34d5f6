"""pytest fixtures that sign users in, through the real verification.

    def test_the_dashboard_greets(client, firebase_sign_in):
        firebase_sign_in(client, email="ada@example.com", roles=["admin"])
        assert b"Ada" in client.get("/dashboard").data

The app under test is configured with `firebase_issuer.config`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from .testing import LocalIssuer


@pytest.fixture(scope="session")
def firebase_issuer() -> Iterator[LocalIssuer]:
    """The issuer of ID tokens that the app under test takes; `firebase_issuer.config` goes into the app's configuration."""
    from .testing import LocalIssuer

    with LocalIssuer() as issuer:
        yield issuer


@pytest.fixture
def firebase_sign_in(firebase_issuer: LocalIssuer) -> Callable[..., TestResponse]:
    """Call `firebase_sign_in(client, email=…, roles=…)` to sign a user in; other arguments are those of `LocalIssuer.mint`.

    Where the site looks at App Check, the sign-in comes from a genuine app.
    """
    from .testing import sign_in

    def sign_in_somebody(client: FlaskClient, *, roles: Iterable[str] = (), **person: Any) -> TestResponse:
        config = client.application.extensions["firebase_login"].config
        app_id = next(iter(config.app_check_app_ids or ()), None)
        app_check_token = None if config.app_check == "off" else firebase_issuer.mint_app_check(app_id=app_id)
        return sign_in(client, firebase_issuer.mint(**person), roles=roles, app_check_token=app_check_token)

    return sign_in_somebody
