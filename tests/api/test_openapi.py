"""The description of the endpoints is the endpoints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from flask_firebase_login import errors
from flask_firebase_login.api.openapi import CODES
from flask_firebase_login.web.problems import InternalError

PAGES = {"sign_in_page", "action_page", "account_page", "change_account", "static", "continue_page", "follow_link"}
PAGES |= {"authorize_page", "answer_authorization", "device_page", "answer_device", "deleted_page"}


@pytest.fixture
def description(site):
    return site.device().get("/auth/openapi.json").get_json()


def test_it_is_valid_openapi(description):
    """By the schema of the OpenAPI Initiative."""
    OpenAPIV31SpecValidator(description).validate()


def test_it_describes_every_route_and_no_other(site, description):
    """Method by method, with the same names."""
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/auth")), method.lower(), rule.endpoint.split(".")[1])
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.startswith("firebase_login.") and rule.endpoint.split(".")[1] not in PAGES
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {
        (path, method, operation["operationId"])
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    }
    assert described == routes


def test_its_codes_are_those_of_the_errors():
    """No error without its code, no code without its error."""

    def codes(kind):
        return {kind.code} | {code for child in kind.__subclasses__() for code in codes(child)}

    raised = codes(errors.Rejected) | {InternalError.code}
    assert set(CODES) == raised


def test_the_answers_are_as_described(site, description):
    """Account, session and sign-in have exactly the members that they say."""
    schemas = description["components"]["schemas"]
    signed_in = site.device("bearer").sign_in().get_json()
    assert set(signed_in) == set(schemas["SignedIn"]["properties"])
    assert set(signed_in["account"]) == set(schemas["Account"]["properties"])
    assert set(signed_in["session"]) == set(schemas["Session"]["properties"])
    problem = site.device().get("/auth/account").get_json()
    assert set(problem) == set(schemas["Problem"]["properties"])


def test_the_page_of_the_docs_names_every_endpoint_and_code(description):
    """`docs/http.md` is read by those who write clients."""
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
    for code in CODES:
        assert f"`{code}`" in page
    for path, operations in description["paths"].items():
        for method in operations:
            assert f"{method.upper()} /auth{path}".replace("{session_id}", "<id>") in page


def test_another_prefix_is_told(make_site):
    """`FIREBASE_LOGIN_URL_PREFIX`."""
    site = make_site(FIREBASE_LOGIN_URL_PREFIX="/members/auth")
    answer = site.device().get("/members/auth/openapi.json")
    assert answer.get_json()["servers"] == [{"url": "/members/auth"}]
    assert site.device().sign_in(path="/members/auth/sign-in").status_code == 200
