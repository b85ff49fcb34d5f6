"""The running server answers as its description says, whatever it is sent.

`SCHEMATHESIS_CASES=2000` asks for that many cases in all; CI is content with some 300.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from flask_firebase_login.api.openapi import describe_api
from flask_firebase_login.testing import LocalIssuer
from local_sites import configure
from second_door import CLIENTS
from site_process import SiteProcess

pytestmark = pytest.mark.integration

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = describe_api("/auth", native_clients=True)["paths"]
OPERATIONS = [(method.upper(), path) for path, operations in PATHS.items() for method in operations]
CASES = max(1, int(os.environ.get("SCHEMATHESIS_CASES", "300")) // (len(OPERATIONS) * 2))
USER = {"email": "ada@example.com", "name": "Ada"}


@pytest.fixture(scope="module")
def issuer():
    with LocalIssuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(issuer, tmp_path_factory):
    """The quickstart under gunicorn, which takes the issuer's ID tokens."""
    folder = tmp_path_factory.mktemp("described")
    clients = {"FLASK_FIREBASE_LOGIN_NATIVE_CLIENTS": json.dumps(CLIENTS)}
    configured = configure(issuer, f"sqlite:///{folder / 'site.db'}", **clients)
    site = SiteProcess("app:app", QUICKSTART, configured, log=folder / "site.log")
    site.run_flask("create-tables")
    with site:
        yield site


@pytest.fixture(scope="module")
def schema(server):
    """As the server itself describes it."""
    return schemathesis.openapi.from_url(f"{server.url}/auth/openapi.json")


class Caller:
    """A user of one transport, who signs in again whenever a case has ended the session."""

    def __init__(self, url, issuer, transport):
        self.issuer, self.transport = issuer, transport
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=60)
        self.session = requests.Session()
        self.headers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.session.close()

    def sign_in(self):
        body = {"id_token": self.issuer.mint(**USER), "transport": self.transport}
        signed_in = self.ask("POST", "/auth/sign-in", json=body).raise_for_status()
        bearer, cookie = signed_in.json().get("session_secret"), signed_in.cookies.get("session")
        self.headers = {"Authorization": f"Bearer {bearer}"} if bearer else {"Cookie": f"session={cookie}"}

    def get(self, path):
        if self.ask("GET", "/auth/account", headers=self.headers).status_code == 401:
            self.sign_in()
        return self.ask("GET", path, headers=self.headers).raise_for_status()

    def ask(self, method, path, **options):
        answer = self.client.request(method, path, **options)
        self.client.cookies.clear()
        return answer

    def call(self, case, headers):
        self.session.cookies.clear()
        return case.call(session=self.session, headers=headers, timeout=60)


def make_genuine(case, caller, draw):
    """Now and then put what really exists where the description only says text: an ID token, a session, an ETag."""
    account, etag = caller.get("/auth/account").json(), caller.get("/auth/account").headers["ETag"]
    if isinstance(case.body, dict) and "id_token" in case.body:
        case.body["id_token"] = caller.issuer.mint(**USER)
    elif case.media_type == "application/jwt":
        case.body = caller.issuer.mint(**USER)
    if "session_id" in (case.path_parameters or {}):
        case.path_parameters["session_id"] = draw(st.sampled_from(caller.get("/auth/sessions").json()["sessions"]))["id"]
    if isinstance(case.body, dict) and "client_id" in case.body:
        case.body["client_id"] = draw(st.sampled_from([*CLIENTS]))
    if "account" in (case.query or {}):
        case.query["account"] = account["firebase_uid"]
    for name in ("If-Match", "If-None-Match"):
        if name in (case.headers or {}):
            case.headers[name] = draw(st.sampled_from([etag, "*", '"of old"', f'W/{etag}, "another"']))


@pytest.mark.parametrize("transport", ["cookie", "bearer"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_description_names(server, schema, issuer, method, path, transport):
    """No 5xx; no status, content type, header or member that is not described. Bodies and parameters are good and bad."""
    operation = schema[path][method]
    modes = [
        mode
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or operation.definition.raw.get("parameters") or method in ("POST", "PATCH")
    ]
    cases = st.one_of(*[operation.as_strategy(generation_mode=mode) for mode in modes])

    @settings(
        max_examples=CASES, phases=[Phase.generate], suppress_health_check=[*HealthCheck], deadline=None, derandomize=CASES < 50
    )
    @given(case=cases, is_genuine=st.booleans(), is_signed_in=st.sampled_from([True, True, True, False]), data=st.data())
    def answers_as_described(case, is_genuine, is_signed_in, data):
        caller.get("/auth/openapi.json")
        if is_genuine:
            make_genuine(case, caller, data.draw)
        answer = caller.call(case, caller.headers if is_signed_in else {})
        case.validate_response(answer, checks=CHECKS)

    with Caller(server.url, issuer, transport) as caller:
        answers_as_described()


def test_an_answer_that_is_not_described_is_found(server):
    """The checks see what they are here for."""
    description = httpx.get(f"{server.url}/auth/openapi.json", trust_env=False).json()
    del description["paths"]["/account"]["get"]["responses"]["401"]
    case = schemathesis.openapi.from_dict(description)["/account"]["GET"].Case()
    with requests.Session() as session, pytest.raises(BaseExceptionGroup) as raised:
        case.validate_response(case.call(base_url=f"{server.url}/auth", session=session), checks=CHECKS)
    assert any("Undocumented status code" in str(failure) for failure in raised.value.exceptions)
