"""`mint`: an ID token of the emulator's, to try the endpoints with."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import click
import httpx

from ..config import Config
from ..web.services import Services
from .endings import CommandFailed
from .output import json_option, print_json
from .site import in_site

EXAMPLE = """\b
Example:
  flask firebase-login mint ada@example.com |
    curl -H "Content-Type: application/jwt" --data @- \\
    http://127.0.0.1:5000/auth/sign-in
"""
SIGN_IN_PATH = "/identitytoolkit.googleapis.com/v1/accounts:signInWithIdp"


@click.command("mint", epilog=EXAMPLE)
@click.argument("email")
@click.option("--name", help="The name of the user at the provider.")
@click.option("--provider", default="google.com", show_default=True, help="The provider that the user signs in with.")
@json_option
@in_site
def mint(services: Services, email: str, name: str | None, provider: str, as_json: bool) -> None:
    """Print an ID token of the Auth emulator's for EMAIL.

    The emulator makes the user if there is none. The token is good for an hour,
    and at no site but one that uses the emulator.
    """
    answer = _sign_in(services.config, email, name, provider)
    id_token = str(answer.get("idToken"))
    _check_project(id_token, services.config.project_id)
    if as_json:
        print_json({"id_token": id_token, "uid": answer["localId"], "email": email, "expires_in": int(answer["expiresIn"])})
    else:
        click.echo(id_token)


def _sign_in(config: Config, email: str, name: str | None, provider: str) -> dict[str, Any]:
    """Sign a user in as the SDKs do with a provider's credential, which the emulator takes unsigned."""
    if config.emulator_host is None:
        raise CommandFailed(
            "This site does not use the Auth emulator, and nobody else gives tokens away. Set FIREBASE_AUTH_EMULATOR_HOST to "
            "127.0.0.1:9099, say, and run `flask firebase-login emulator`."
        )
    identity = {"sub": f"{provider}-{email}", "email": email, "email_verified": True} | ({"name": name} if name else {})
    body = {
        "postBody": f"providerId={quote(provider)}&id_token={quote(json.dumps(identity))}",
        "requestUri": "http://localhost",
        "returnSecureToken": True,
        "returnIdpCredential": True,
    } | ({"tenantId": config.tenant_id} if config.tenant_id else {})
    url, seconds = f"http://{config.emulator_host}{SIGN_IN_PATH}", config.upstream_timeout.total_seconds()
    try:
        answer = httpx.post(url, params={"key": "emulator"}, json=body, timeout=seconds, trust_env=False)
        answered: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CommandFailed(
            f"The Auth emulator does not answer at {config.emulator_host} ({type(error).__name__}). "
            "Start it: `flask firebase-login emulator`."
        ) from None
    if not answer.is_success:
        raise CommandFailed(f"The Auth emulator rejected the sign-in: {answered['error']['message']}.")
    return answered


def _check_project(id_token: str, project_id: str) -> None:
    payload = id_token.split(".")[1]
    audience = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["aud"]
    if audience != project_id:
        raise CommandFailed(
            f"The Auth emulator runs for the project {audience!r}, and this site for {project_id!r}. "
            f"Start it anew: `flask firebase-login emulator --project {project_id}`."
        )
