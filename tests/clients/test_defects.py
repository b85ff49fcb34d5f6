"""Deliberate defects of the clients, each of which the conformance cases of its group catch.

A row changes one place of a copy of the client; `group` is the file of cases that must fail by it.
"""

from __future__ import annotations

import json
import shutil

import pytest

import dart_setup
from client_drivers import CLIENTS, driver_command
from conformance import Driver, play, read_cases

PYTHON = [
    ("takes another port for the site", "other_hosts", "site.py", "return origin_of(url) == origin_of(self.url)", "return url.host == self.url.host"),
    ("leaves its cookies in what httpx sends elsewhere", "other_hosts", "kept.py", "if pair not in self._seen]", "if True]"),
    ("follows a redirect anywhere", "other_hosts", "session.py", "not self._site.owns(onward.url)", "False"),
    ("sends what was stored for another site", "other_hosts", "state.py", ' or kept["site"] != origin', ""),
    ("signs in for each call at once", "signing_in", "works.py", "setdefault(name, ours)", "setdefault(name := f'{name}{id(ours)}', ours)"),
    ("asks for no fresh ID token", "signing_in", "session.py", "force_refresh=True", "force_refresh=False"),
    ("calls without an ID token", "signing_in", "session.py", "raise NotSignedInAtFirebase\n", "id_token = ''\n"),
    ("tells one time only", "signing_in", "answers.py", "server_time=date_of(response)", "server_time=None"),
    ("repeats a call again and again", "signing_in_again", "session.py", "            raise\n        yield from self._exchange(request)", "            raise\n        yield from self.call(request)"),
    ("sends a stream twice", "signing_in_again", "session.py", "return isinstance(request.stream, httpx.ByteStream)", "return True"),
    ("signs in at any 401", "signing_in_again", "session.py", 'if problem is None or problem.code != "not_signed_in":', "if problem is None:"),
    ("lets an old answer change a new session", "signing_in_again", "kept.py", "if not headers or generation != self.generation:", "if not headers:"),
    ("takes cookies apart at every comma", "cookies", "cookies.py", """r",(?=[ \\t]*[!#$%&'*+\\-.^_`|~0-9A-Za-z]+=)\"""", 'r","'),
    ("puts Expires before Max-Age", "cookies", "cookies.py", 'if _DELTA_SECONDS.match(said.get("max-age", "")):', 'if "expires" not in said and _DELTA_SECONDS.match(said.get("max-age", "")):'),
    ("sends Secure cookies over HTTP", "cookies", "cookies.py", "if cookie.secure and not self._is_secure:", "if False:"),
    ("takes a path for any that begins alike", "cookies", "cookies.py", """(cookie_path.endswith("/") or path[len(cookie_path)] == "/")""", "True"),
    ("trusts the device's clock for Expires", "cookies", "cookies.py", "expires + (now - server_now)", "expires"),
    ("takes a __Host- cookie from anywhere", "cookies", "cookies.py", 'return cookie.secure and cookie.path == "/" and not domain', "return True"),
    ("writes at each answer", "store", "kept.py", "if before == tuple(self._jar):", "if False:"),
    ("reads a store of a later version", "store", "state.py", 'kept["version"] != VERSION or ', ""),
    ("fails where the store cannot be read", "store", "kept.py", "# a mistake of the program's, such as a store of coroutines without an event loop\n        except Exception", "\n        except ZeroDivisionError"),
    ("loses an answer to a full disk", "store", "kept.py", "        try:\n            yield from self.save()\n        except StoreFailed as error:", "        try:\n            yield from self.save()\n        except ZeroDivisionError as error:"),
    ("waits as long as the site likes", "waiting", "session.py", "waited + asked > self._max_wait_seconds", "False"),
    ("repeats what changes something", "waiting", "session.py", "is_repeatable=request.method in _SAFE_METHODS", "is_repeatable=True"),
    ("keeps a session without a connection", "signing_out", "session.py", "        self._kept.leave()\n        failed", "        failed"),
    ("never ends a session later", "signing_out", "kept.py", "self.pending = (*self.pending, PendingSignOut(header, max(ends, default=None)))[-MAX_PENDING:]", "pass"),
    ("signs in again after a sign-out", "signing_out", "session.py", " or sign_outs != self._kept.sign_outs", ""),
    ("signs in although the person signed out meanwhile", "signing_out", "session.py", "        if sign_outs != self._kept.sign_outs:\n            self._kept.turn_away", "        if False:\n            self._kept.turn_away"),
    ("never knows that it is offline", "state", "session.py", "set_offline(is_offline=True)", "set_offline(is_offline=False)"),
    ("calls itself signed in before it looked", "state", "kept.py", "if not self._is_loaded:\n            return SessionState.UNKNOWN\n        ", ""),
    ("takes any answer for a sign-in", "bad_answers", "session.py", 'not isinstance(answer.get("account"), dict) or not isinstance(answer.get("session"), dict)', "False"),
    ("takes a sign-in without a cookie", "bad_answers", "kept.py", "if not names:", "if False:"),
]  # fmt: skip

DART = [
    ("takes another port for the site", "other_hosts", "kept.dart", "bool owns(Uri url) => originOf(url) == originOf(site);", "bool owns(Uri url) => url.host == site.host;"),
    ("follows a redirect anywhere", "other_hosts", "session.dart", " || !_kept.owns(onward.url)", ""),
    ("sends what was stored for another site", "other_hosts", "state.dart", " || kept['site'] != origin", ""),
    ("signs in for each call at once", "signing_in", "works.dart", "final underWay = _underWay[name];", "final underWay = _underWay['$name?'];"),
    ("asks for no fresh ID token", "signing_in", "session.dart", "_postIDToken(forceRefresh: true)", "_postIDToken(forceRefresh: false)"),
    ("calls without an ID token", "signing_in", "session.dart", "if (idToken == null || idToken.isEmpty) throw const NotSignedInAtFirebase();", ""),
    ("tells one time only", "signing_in", "answers.dart", "serverTime: dateOf(response)", "serverTime: null"),
    ("repeats a call again and again", "signing_in_again", "session.dart", "return (await _exchange(request, hops)).$1;", "return send(request);"),
    ("sends a stream twice", "signing_in_again", "session.dart", "if (!request.isRepeatable) {", "if (false) {"),
    ("signs in at any 401", "signing_in_again", "session.dart", "if (problem?['code'] != 'not_signed_in') return response;", ""),
    ("lets an old answer change a new session", "signing_in_again", "kept.dart", "if (headers.isEmpty || generation != this.generation) return;", "if (headers.isEmpty) return;"),
    ("takes cookies apart at every comma", "cookies", "cookies.dart", """r",(?=[ \\t]*[!#$%&'*+\\-.^_`|~0-9A-Za-z]+=)\"""", 'r","'),
    ("takes them apart nowhere", "cookies", "cookies.dart", "headers.expand((header) => header.split(_joined))", "headers"),
    ("puts Expires before Max-Age", "cookies", "cookies.dart", "if (_deltaSeconds.hasMatch(maxAge)) {", "if (!said.containsKey('expires') && _deltaSeconds.hasMatch(maxAge)) {"),
    ("sends Secure cookies over HTTP", "cookies", "cookies.dart", "if (cookie.secure && !_isSecure) return false;", ""),
    ("trusts the device's clock for Expires", "cookies", "cookies.dart", "?.add(now.difference(serverNow))", ""),
    ("writes at each answer", "store", "kept.dart", "if (before == _jar.fingerprint) return;", ""),
    ("reads a store of a later version", "store", "state.dart", "kept['version'] != _version || ", ""),
    ("loses an answer to a full disk", "store", "kept.dart", "} on StoreFailed {\n      return;", "} on FormatException {\n      return;"),
    ("waits as long as the site likes", "waiting", "session.dart", " || waited + asked > _maxWait", ""),
    ("repeats what changes something", "waiting", "session.dart", "isRepeatable: _safeMethods.contains(request.method)", "isRepeatable: true"),
    ("keeps a session without a connection", "signing_out", "session.dart", "    _kept.leave();\n", ""),
    ("signs in again after a sign-out", "signing_out", "session.dart", " || signOuts != _kept.signOuts", ""),
    ("signs in although the person signed out meanwhile", "signing_out", "session.dart", "if (signOuts != _kept.signOuts) {", "if (signOuts > _kept.signOuts) {"),
    ("never knows that it is offline", "state", "session.dart", "setOffline(isOffline: true)", "setOffline(isOffline: false)"),
    ("calls itself signed out before it looked", "state", "kept.dart", "(false, _, _) => SessionState.unknown,", ""),
    ("takes any answer for a sign-in", "bad_answers", "session.dart", " || answer?['session'] is! Map", ""),
    ("takes a sign-in without a cookie", "bad_answers", "kept.dart", "if (names.isEmpty) throw", "if (headers.length > 9) throw"),
    ("sends cookies where the browser owns them", "browser", "kept.dart", "if (browserOwnsCookies) return generation;", "request.headers['cookie'] = 'session=?';"),
]  # fmt: skip

GROUPS = {case.group for case in read_cases()}


def caught(driver, group):
    """Whether a case of the group fails."""
    return any(play(case, driver) for case in read_cases() if case.group == group)


def put_defect(folder, file, old, new):
    path = folder / file
    text = path.read_text()
    assert text.count(old) == 1, f"{file} has {text.count(old)} of {old!r}"
    path.write_text(text.replace(old, new))


@pytest.mark.integration
@pytest.mark.parametrize(("group", "file", "old", "new"), [row[1:] for row in PYTHON], ids=[row[0] for row in PYTHON])
def test_a_defect_of_the_python_client_is_caught(tmp_path, group, file, old, new):
    """By the cases of its group."""
    package = shutil.copytree(CLIENTS / "python" / "src", tmp_path / "src") / "flask_firebase_login_client"
    put_defect(package, file, old, new)
    with Driver(driver_command("python-sync", python_client=tmp_path / "src")) as driver:
        assert caught(driver, group)


@pytest.mark.integration
@pytest.mark.parametrize(("group", "file", "old", "new"), [row[1:] for row in DART], ids=[row[0] for row in DART])
def test_a_defect_of_the_dart_client_is_caught(tmp_path, group, file, old, new):
    """By the cases of its group."""
    library = shutil.copytree(CLIENTS / "dart" / "lib", tmp_path / "lib")
    put_defect(library / "src", file, old, new)
    dart_setup.write_package_config()
    config = json.loads(dart_setup.PACKAGE_CONFIG.read_text())
    for package in config["packages"]:
        if package["name"] == "flask_firebase_login":
            package["rootUri"] = tmp_path.as_uri()
    (tmp_path / "package_config.json").write_text(json.dumps(config))
    with Driver(driver_command("dart-io", dart_package_config=tmp_path / "package_config.json")) as driver:
        assert caught(driver, group)


def test_every_group_has_a_defect():
    """In both languages, but for what a browser does, which is Dart's alone."""
    assert {row[1] for row in PYTHON} == GROUPS - {"browser"}
    assert {row[1] for row in DART} == GROUPS
