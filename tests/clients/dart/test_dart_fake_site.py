"""`FakeFlaskSite`, the site for the tests of Dart apps, answers as the real site does."""

from __future__ import annotations

import json
import re
import subprocess
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import pytest

from client_drivers import dart_command

pytestmark = pytest.mark.integration
PATCH = {"content-type": "application/merge-patch+json"}
APPS = {"notes": {"name": "Notes", "redirect_uris": ["com.example.notes:/signed-in"]}}
TOKEN = (
    "grant_type=authorization_code&code=x&redirect_uri=com.example.notes:/signed-in&client_id=notes&code_verifier=" + "v" * 43
)
FORM = {"content-type": "application/x-www-form-urlencoded"}

EXCHANGES = [
    ("GET", "/auth/account", {}, None),
    ("POST", "/auth/sign-in", {}, {}),
    ("POST", "/auth/sign-in", {}, {"id_token": "x"}),
    ("POST", "/auth/sign-in", {}, {"id_token": "{id_token}", "transport": "cookie", "client_name": "Phone"}),
    ("GET", "/auth/account", {}, None),
    ("GET", "/auth/account", {"if-none-match": "{etag}"}, None),
    ("PATCH", "/auth/account", PATCH, {"name": "Ada", "settings": {"theme": "dark", "list": {"sort": "oldest", "size": 20}}}),
    ("PATCH", "/auth/account", PATCH | {"if-match": "{etag}"}, {"settings": {"theme": None, "list": {"size": None}}}),
    ("PATCH", "/auth/account", PATCH | {"if-match": '"another"'}, {"settings": {}}),
    ("PATCH", "/auth/account", PATCH, {"email": "bob@example.com"}),
    ("PATCH", "/auth/account", PATCH, ["no object"]),
    ("GET", "/auth/sessions", {}, None),
    ("POST", "/auth/browser-links", {}, {"next": "/auth/"}),
    ("POST", "/auth/sign-in", {}, {"id_token": "{id_token}", "transport": "cookie", "client_name": "Phone"}),
    ("GET", "/auth/sessions", {}, None),
    ("POST", "/auth/token", FORM, TOKEN),
    ("GET", "/auth/nothing", {}, None),
    ("POST", "/auth/sign-out", {}, None),
    ("GET", "/auth/account", {}, None),
    ("POST", "/auth/sign-out", {}, None),
]  # fmt: skip
"""What both are asked, in this order: method, path, headers, body."""

FAKE = """
import 'dart:convert';

import 'package:flask_firebase_login/testing.dart';
import 'package:http/http.dart' as http;

Future<void> main(List<String> arguments) async {
  final site = FakeFlaskSite(
    address: Uri.parse('http://127.0.0.1'),
    findUid: (idToken) => idToken == 'x' ? null : 'ada',
  );
  site.account('ada', {'name': 'Ada Lovelace', 'providers': ['google.com']});
  String? cookie;
  var etag = '';
  final answers = <Object?>[];
  for (final one in (jsonDecode(arguments.single) as List).cast<List<Object?>>()) {
    final request = http.Request(one[0]! as String, site.address.resolve(one[1]! as String));
    (one[2]! as Map).forEach((name, value) => request.headers['$name'] = '$value'.replaceAll('{etag}', etag));
    if (cookie != null) request.headers['cookie'] = cookie;
    request.bodyBytes = utf8.encode(one[3]! as String);
    final answer = await http.Response.fromStream(await site.send(request));
    etag = answer.headers['etag'] ?? etag;
    if (answer.headers['set-cookie'] case final set?) cookie = set.split(';').first;
    answers.add([answer.statusCode, answer.headers, answer.body]);
  }
  final page = Uri.parse('http://127.0.0.1/auth/authorize?redirect_uri=com.example.notes:/signed-in&state=s');
  final back = site.browseAs('ada')(page)!.queryParameters;
  final redeemed = await site.post(site.address.resolve('/auth/token'), body: 'code=${back['code']}');
  answers.add([redeemed.statusCode, redeemed.headers, redeemed.body]);
  print(jsonEncode([back.keys.toList()..sort(), answers]));
}
"""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
EXACT = {"type", "code", "status", "error", "token_type", "scope", "transport", "current", "next", "expires_in", "settings", "providers", "roles"}  # fmt: skip


def shape(value, name=""):
    """What must be the same: of some members the value, of others what they look like."""
    if name in EXACT:
        return value
    if isinstance(value, dict):
        return {key: shape(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    if isinstance(value, str):
        return "a time" if TIME.fullmatch(value) else "an address" if value.startswith("http") else "a text"
    return type(value).__name__


def describe(status, headers, body):
    shown = {name: headers[name] for name in ("www-authenticate", "cache-control") if name in headers}
    if body:
        shown["content-type"] = headers["content-type"]
    cookie = headers.get("set-cookie", "")
    return status, shown, "etag" in headers, "Max-Age=0" in cookie, shape(json.loads(body)) if body else None


def sign_in_at_the_page(site, device):
    """Return what the real page comes back with, and what the real site gives for its code."""
    verifier = "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": "notes", "redirect_uri": APPS["notes"]["redirect_uris"][0]}
    query = {"response_type": "code", "code_challenge": challenge, "code_challenge_method": "S256", "state": "s"}
    page = device.get("/auth/authorize", params=asked | query)
    stamp = re.search(r'name="account" value="([^"]+)"', page.text)[1]
    answered = device.post(page.url, data={"account": stamp, "answer": "allow"}, headers={"Origin": site.url})
    back = dict(parse_qsl(urlsplit(answered.headers["Location"]).query))
    grant = {"grant_type": "authorization_code", "code": back["code"], "code_verifier": verifier}
    return sorted(back), device.post("/auth/token", data=asked | grant)


def body_of(told, id_token):
    return told if isinstance(told, str) else "" if told is None else json.dumps(told).replace("{id_token}", id_token)


def test_the_fake_site_answers_as_the_real_one_does(emulator, start_site, tmp_path):
    """Its statuses, headers, members and their types; what was patched is the same to the letter."""
    id_token = emulator.sign_in_with_google("ada@example.com", "Ada Lovelace")["idToken"]
    real, etag = [], ""
    with start_site(tmp_path, FLASK_FIREBASE_LOGIN_NATIVE_CLIENTS=json.dumps(APPS)) as site, site.device() as device:
        for method, path, headers, told in EXCHANGES:
            sent = {name: value.replace("{etag}", etag) for name, value in headers.items()}
            sent = {"content-type": "application/json"} | sent if told is not None else sent
            answer = device.request(method, path, headers=sent, content=body_of(told, id_token))
            etag = answer.headers.get("etag", etag)
            set_cookie = [one for one in answer.headers.get_list("set-cookie") if one.startswith("session=")]
            headers = dict(answer.headers) | ({"set-cookie": set_cookie[0]} if set_cookie else {})
            real.append(describe(answer.status_code, headers, answer.text))
        signing_in = {"id_token": emulator.sign_in_with_google("ada@example.com", "Ada Lovelace")["idToken"]}
        device.post("/auth/sign-in", json=signing_in).raise_for_status()
        back, redeemed = sign_in_at_the_page(site, device)
        real.append(describe(redeemed.status_code, redeemed.headers, redeemed.text))
    program = tmp_path / "fake.dart"
    program.write_text(FAKE)
    asked = json.dumps([[method, path, headers, body_of(told, "ada")] for method, path, headers, told in EXCHANGES])
    done = subprocess.run([*dart_command(program), asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    their_back, answers = json.loads(done.stdout)
    assert their_back == back
    fake = [describe(*answer) for answer in answers]
    pairs = zip([*EXCHANGES, "a code"], fake, real, strict=True)
    assert [(exchange, ours, theirs) for exchange, ours, theirs in pairs if ours != theirs] == []
