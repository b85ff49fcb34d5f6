"""What the machine has found, each as the shortest program that shows it: it is played again, step by step, beside the model."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import timedelta

import pytest

from machine import Machine

pytestmark = pytest.mark.integration

USUAL = {
    "number": 0,
    "worker": 0,
    "by": "cookie",
    "transport": "cookie",
    "age": timedelta(0),
    "slot": 0,
    "index": 0,
    "name": "",
}
USUAL |= {"remember": False, "including": False}


def step(rule, **arguments):
    return rule, arguments


@dataclass
class Found:
    """Steps, and which of the checks that concern one fault alone is at work; all others always are."""

    steps: list
    check: str | None = None


A_SECOND_USER = [step("sign_in", uid="ada"), step("sign_in", number=1, uid="bob")]
ANOTHER_USER_SIGNS_IN = [step("sign_out"), step("sign_in", uid="bob")]

FOUND = {
    "a deleted user's session opens the account of the next user": Found(
        [
            step("sign_in", uid="ada"),
            step("site_deletes_the_account", uid="ada", how="delete-by-orm"),
            step("sign_in", number=1, uid="bob"),
        ]
    ),
    "a session of an account deleted in bulk comes back with the user": Found(
        [
            step("sign_in", uid="ada"),
            step("site_deletes_the_account", uid="ada", how="delete-in-bulk"),
            step("sign_in", number=1, uid="ada"),
        ]
    ),
    "the next user inherits the Flask session": Found(
        [
            step("sign_in", uid="ada"),
            step("fill_the_cart"),
            step("sign_in", number=1, uid="ada"),
            step("delete_the_account", number=1),
            step("sign_in", uid="bob"),
        ]
    ),
    "a remembered user inherits the Flask session of another": Found(
        [
            step("sign_in", uid="ada"),
            step("fill_the_cart"),
            step("sign_in", number=1, uid="bob"),
            step("site_logs_in", number=1, uid="bob", remember=True),
            step("answers_overtake_each_other", number=0, other=1),
            step("site_revokes_all", uid="ada"),
        ]
    ),
    "a deleted account and the next share an ETag": Found(
        [
            step("sign_in", uid="ada"),
            step("read_account"),
            step("delete_the_account"),
            step("sign_in", uid="bob"),
            step("read_account"),
        ]
    ),
    "the id of a session comes again": Found(
        [step("sign_in", uid="ada"), step("sign_out"), step("sign_in", uid="ada")], check="check_is_new"
    ),
    "logout_user and login_user in one request end signed out": Found(
        [step("sign_in", uid="ada"), step("site_logs_in_again", how="out-and-in")]
    ),
    "revoke_all and login_user in one request end signed out": Found(
        [step("sign_in", uid="ada"), step("site_logs_in_again", how="only-here")]
    ),
    "impersonation there and back in one request ends signed out": Found(
        [*A_SECOND_USER, step("site_impersonates_and_comes_back", uid="bob")]
    ),
    "login_user of the current user leaves auth_time old": Found(
        [
            step("sign_in", uid="ada", age=timedelta(minutes=10)),
            step("site_logs_in_again", how="proved-anew"),
            step("delete_the_account"),
        ]
    ),
    "login_user in a bearer's request puts the bearer's secret into the cookie": Found(
        [step("sign_in", uid="ada", transport="bearer"), step("site_logs_in_again", by="bearer", how="proved-anew")]
    ),
    "login_user leaves the device's old session": Found([step("sign_in", uid="ada"), step("site_logs_in", uid="ada")]),
    "login_user by the site tells no signed_in": Found([*A_SECOND_USER, step("site_logs_in", uid="bob")], check="check_told"),
    "a stale tab deletes the account of the next user": Found(
        [
            step("sign_in", uid="ada"),
            step("open_the_account_page"),
            *ANOTHER_USER_SIGNS_IN,
            step("send_a_form", button="delete"),
        ]
    ),
    "a stale tab renames the next user": Found(
        [
            step("sign_in", uid="ada"),
            step("open_the_account_page"),
            *ANOTHER_USER_SIGNS_IN,
            step("send_a_form", button="save", name="Countess"),
        ]
    ),
    "another user signs in where the first was asked to sign in again": Found(
        [step("sign_in", uid="ada"), step("open_the_page_to_sign_in_again"), step("prove_who_one_is_there", uid="bob")]
    ),
    "disable tells no session_revoked": Found(
        [step("sign_in", uid="ada"), step("site_disables", uid="ada")], check="check_told"
    ),
    "a replacing sign-in tells no session_revoked": Found(
        [step("sign_in", uid="ada"), step("sign_in", uid="ada")], check="check_told"
    ),
    "a due request holds two connections": Found(
        [step("sign_in", uid="ada"), step("time_passes", duration=timedelta(minutes=6)), step("visit")]
    ),
    "a new key is not looked for in the last tenth of the time of those at hand": Found(
        [step("time_passes", duration=timedelta(minutes=56)), step("keys_rotate"), step("sign_in", uid="ada")]
    ),
}
ONE_FAULT_ALONE = {"check_is_new", "check_told"}


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_what_was_found_once_stays_mended(driven_site, found):
    """Step by step, with all that must hold after each."""
    left_out = {name: lambda *_: None for name in ONE_FAULT_ALONE - {found.check}}
    state = type("PlayedMachine", (Machine,), left_out | {"site": driven_site})()
    for rule, arguments in found.steps:
        method = getattr(state, rule)
        method(**{name: USUAL.get(name) for name in inspect.signature(method).parameters} | arguments)
        state.nobody_is_served_as_anybody_else()
        state.nothing_acknowledged_is_lost_and_nothing_ended_comes_back()
