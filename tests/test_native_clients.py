"""Which apps may be registered, and with which redirect URIs: whatever is doubtful stops the start, with the remedy."""

from __future__ import annotations

import pytest

from flask_firebase_login import ConfigError
from flask_firebase_login.native_clients import read_native_clients

GOOD = [
    "com.example.notes:/signed-in",
    "com.example.notes://signed-in",
    "com.example.notes:signed-in",
    "io.github.ada.notes:/x?y=z",
    "https://app.example/signed-in",
    "https://app.example:8443/signed-in?x=y",
    "https://app.example",
    "http://127.0.0.1/callback",
    "http://127.0.0.1",
    "http://[::1]/callback",
]

BAD = {
    "notes:/signed-in": "domain of yours turned round",
    "Com.Example.notes:/signed-in": "Write it as 'com.example.notes:/signed-in'",
    "com.example.notes:///signed-in": "Write it as",
    "com.example.notes://": "Write it as",
    "com.example.notes:////x": "Write it as",
    "com.example.notes:/x?": "Write it as",
    "com..notes:/signed-in": "domain of yours turned round",
    "javascript:alert(1)": "domain of yours turned round",
    "/signed-in": "domain of yours turned round",
    "": "printable ASCII",
    "com.example.notes:": "Put a path behind",
    "com.example.notes:/a b": "printable ASCII",
    "com.example.nötes:/x": "printable ASCII",
    "https://app.example\\@evil.example/": "printable ASCII",
    "https://app.example/" + "x" * 500: "at most 500",
    "https://app.example/#x": "neither a fragment nor a wildcard",
    "https://*.example/": "neither a fragment nor a wildcard",
    "https://ada@app.example/": "Leave the user name out",
    "https:///signed-in": "It has no host",
    "https://app.example:port/": "It is no address",
    "https://[::1/": "It is no address",
    "http://app.example/signed-in": "Take https",
    "http://192.168.0.7/callback": "Take https",
    "http://localhost/callback": "Write 127.0.0.1",
    "http://127.0.0.1:5000/callback": "Leave the port out",
    "http://[::1]:5000/callback": "Leave the port out",
}


def read(**clients):
    return read_native_clients("FIREBASE_LOGIN_NATIVE_CLIENTS", clients)


@pytest.mark.parametrize("uri", GOOD)
def test_a_redirect_uri_by_rfc_8252_is_taken(uri):
    """Claimed https, a private scheme in reverse-domain form, the user's own machine."""
    client = read(notes={"name": "Notes", "redirect_uris": [uri]})["notes"]
    assert client.takes(uri)
    assert not client.takes(f"{uri}x")


@pytest.mark.parametrize(("uri", "remedy"), BAD.items(), ids=[uri[:40] for uri in BAD])
def test_another_stops_the_start(uri, remedy):
    """The message names the client and what to write."""
    with pytest.raises(ConfigError, match=f"The client 'notes' .*{remedy}"):
        read(notes={"name": "Notes", "redirect_uris": [uri]})


@pytest.mark.parametrize(
    ("members", "told"),
    [
        (None, "Set it to"),
        ([], "Set it to"),
        ({}, "has no name"),
        ({"name": ""}, "has no name"),
        ({"name": " "}, "has no name"),
        ({"name": 7}, "has no name"),
        ({"name": "two\nlines"}, "has no name"),
        ({"name": "x" * 81}, "has no name"),
        ({"name": "Notes"}, "no way to sign in"),
        ({"name": "Notes", "redirect_uris": []}, "no way to sign in"),
        ({"name": "Notes", "redirect_uris": "com.example.notes:/x"}, "list of strings"),
        ({"name": "Notes", "redirect_uris": [7]}, "list of strings"),
        ({"name": "Notes", "device_code": 1}, "True or False"),
        ({"name": "Notes", "redirect_uri": "com.example.notes:/x"}, "no member of a client"),
    ],
)
def test_a_client_that_is_not_whole_stops_the_start(members, told):
    """Nothing is accepted and then ignored."""
    with pytest.raises(ConfigError, match=told):
        read(notes=members)


@pytest.mark.parametrize("client_id", ["", "a b", "ü", "x" * 101, "a/b"])
def test_an_id_that_does_not_travel_stops_the_start(client_id):
    """It goes into addresses as it is."""
    with pytest.raises(ConfigError, match="no usable id"):
        read(**{client_id: {"name": "Notes", "device_code": True}})


@pytest.mark.parametrize("given", [None, "notes", ["notes"], 7])
def test_what_is_no_dict_stops_the_start(given):
    """With an example of one."""
    with pytest.raises(ConfigError, match="Set it to a dict such as"):
        read_native_clients("FIREBASE_LOGIN_NATIVE_CLIENTS", given)
