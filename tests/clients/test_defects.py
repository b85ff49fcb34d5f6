"""Deliberate defects of the clients, each of which the conformance cases of its group catch.

A row changes one place of a copy of the client; `group` is the file of cases that must fail by it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import conformance
import dart_setup
import driver_process
from client_drivers import CLIENTS, dart_command, driver_command
from conformance import Driver, play, read_cases

PYTHON = [
    ("takes another port for the site", "other_hosts", "site.py", "return origin_of(url) == origin_of(self.url)", "return url.host == self.url.host"),
    ("leaves its cookies in what httpx sends elsewhere", "other_hosts", "request_cookies.py", "names = self._names if _is_related(request.url.host, self._host) else {}", "return"),
    ("follows a redirect anywhere", "other_hosts", "session.py", "self._site.owns(onward.url)", "True"),
    ("sends what was stored for another site", "other_hosts", "state.py", ' or kept["site"] != origin', ""),
    ("signs in for each call at once", "signing_in", "works.py", "setdefault(name, ours)", "setdefault(name := f'{name}{id(ours)}', ours)"),
    ("asks for no fresh ID token", "signing_in", "opening.py", "force_refresh=True", "force_refresh=False"),
    ("calls without an ID token", "signing_in", "opening.py", "        if not id_token:\n            raise NotSignedInAtFirebase\n", ""),
    ("tells one time only", "signing_in", "answers.py", "server_time=date_of(response)", "server_time=None"),
    ("repeats a call again and again", "signing_in_again", "session.py", "return (yield from self._exchange(request, owner))[0]", "return (yield from self.call(request))"),
    ("sends a stream twice", "signing_in_again", "request_bodies.py", "return isinstance(request.stream, httpx.ByteStream)", "return True"),
    ("signs the user out for an upload", "signing_in_again", "session.py", "            self._kept.ended_generation = max(self._kept.ended_generation, generation)\n", "            yield from self._kept.forget(generation)\n"),
    ("goes on with a session that an upload found ended", "signing_in_again", "session.py", "self._sign_in_after(self._kept.ended_generation, request", "self._sign_in_after(-1, request"),
    ("goes on the short way with a session that an upload found ended", "signing_in_again", "stored.py", "return self.generation > self.ended_generation and self.is_signed_in", "return self.is_signed_in"),
    ("signs in at any 401", "signing_in_again", "session.py", ' and problem.code == "not_signed_in"', ""),
    ("lets an old answer change a new session", "signing_in_again", "kept.py", "            if generation != self.generation:\n                return\n            before", "            before"),
    ("takes the sign-in page for an answer", "signing_in_again", "session.py", "return redirects_to_sign_in(response, self._site)", "return False"),
    ("takes cookies apart at every comma", "cookies", "cookies.py", """r",(?=[ \\t]*[!#$%&'*+\\-.^_`|~0-9A-Za-z]+=)\"""", 'r","'),
    ("puts Expires before Max-Age", "cookies", "cookies.py", 'if _DELTA_SECONDS.match(said.get("max-age", "")):', 'if "expires" not in said and _DELTA_SECONDS.match(said.get("max-age", "")):'),
    ("sends Secure cookies over HTTP", "cookies", "cookies.py", "if cookie.secure and not self._is_secure:", "if False:"),
    ("takes a path for any that begins alike", "cookies", "cookies.py", """(cookie_path.endswith("/") or path[len(cookie_path)] == "/")""", "True"),
    ("trusts the device's clock for Expires", "cookies", "cookies.py", "expires + (now - server_now)", "expires"),
    ("takes a __Host- cookie from anywhere", "cookies", "cookies.py", 'return cookie.secure and cookie.path == "/" and not domain', "return True"),
    ("sends a header of before for ever", "cookies", "cookies.py", "if ends_at is not None and ends_at <= now:", "if path not in self._headers:"),
    ("writes at each answer", "store", "kept.py", "if before == tuple(self._jar):", "if False:"),
    ("reads a store of a later version", "store", "state.py", 'kept["version"] != VERSION or ', ""),
    ("reads a session that is nobody's", "store", "state.py", 'if kept is not None and not isinstance(kept["firebase_uid"], str):', "if False:"),
    ("fails where the store cannot be read", "store", "stored.py", "# a mistake of the program's, such as a store of coroutines without an event loop\n        except Exception", "\n        except ZeroDivisionError"),
    ("loses a call to a full disk", "store", "stored.py", "            yield from flow\n        except StoreFailed as error:", "            yield from flow\n        except ZeroDivisionError as error:"),
    ("tells nobody of a full disk", "store", "stored.py", "self._on_store_failed(error)", "pass"),
    ("waits as long as the site likes", "waiting", "sending.py", "waited + asked > self._max_wait_seconds", "False"),
    ("repeats what changes something", "waiting", "session.py", "is_repeatable=request.method in _SAFE_METHODS", "is_repeatable=True"),
    ("repeats what can be read once", "waiting", "session.py", " and is_repeatable(request),", ","),
    ("goes round and round", "other_hosts", "session.py", 'raise httpx.TooManyRedirects("The site redirects again and again.", request=request)', "return response, generation"),
    ("keeps a session without a connection", "signing_out", "kept.py", "        self._clear_jar()\n        self._become(StoredSession(pending=self.pending))", "        pass"),
    ("never ends a session later", "signing_out", "kept.py", "self._now = replace(self._now, pending=(*self.pending, one)[-MAX_PENDING:])", "pass"),
    ("signs in again after a sign-out", "signing_out", "session.py", "if sign_outs != self._kept.sign_outs or not", "if not"),
    ("signs in although the user signed out meanwhile", "signing_out", "kept.py", "is_taken = sign_outs == self.sign_outs and (", "is_taken = (sign_outs >= 0) or ("),
    ("never knows that it is offline", "state", "session.py", "self._kept.set_offline(is_offline=True)", "self._kept.set_offline(is_offline=False)"),
    ("never knows that it is offline at its first call", "state", "sending.py", "self._kept.set_offline(is_offline=True)", "self._kept.set_offline(is_offline=False)"),
    ("takes a body that breaks for an absent site", "state", "session.py", " and not watch.is_broken", ""),
    ("takes a body that breaks at the first call for an absent site", "state", "flows.py", "watch.is_answered or watch.is_broken)", "watch.is_answered)"),
    ("calls itself signed in before it looked", "state", "stored.py", "if not self._is_loaded:\n            return SessionState.UNKNOWN\n        ", ""),
    ("lets one call fail for all", "state", "works.py", "if not is_ours and isinstance(error, _ANSWERS):\n            raise error.again()", "if not is_ours and error is not None:\n            raise error"),
    ("takes any answer for a sign-in", "bad_answers", "opening.py", 'not isinstance(account, dict) or not isinstance((answer or {}).get("session"), dict)', "False"),
    ("takes a sign-in without a cookie", "bad_answers", "kept.py", "if opened.response is not None and not self._names_in(opened.response):", "if False:"),
    ("takes a sign-in that is nobody's", "bad_answers", "opening.py", 'if not isinstance(account.get("firebase_uid"), str):', "if account.setdefault('firebase_uid', '?') is None:"),
    ("sends what one user asked for as another", "users", "kept.py", "if owner is not None and owner != self.firebase_uid:", "if False:"),
    ("goes on as the user before", "users", "signing_in.py", "if uid == self._kept.firebase_uid or not self._kept.is_signed_in:", "if True:"),
    ("goes on the short way as the user before", "users", "session.py", "identity[0] != owner", "False"),
    ("lets nobody end no session", "users", "signing_in.py", "        if uid is None:\n            raise NotSignedInAtFirebase\n        return uid\n\n    def end(", "        return uid\n\n    def end("),
    ("looks once at who signs in", "users", "signing_in.py", '            yield from self.require(opened.firebase_uid)\n', "            yield from ()\n"),
    ("looks once at whose call it is", "users", "session.py", "check=partial(self._sign_ins.require, owner)", "check=None"),
    ("leaves the session of another user at the site", "users", "signing_in.py", "            self._kept.turn_away(opened)\n            yield", "            yield"),
    ("tells nobody of another user", "users", "stored.py", " or (None not in (told[1], self._told[1]) and told[1] != self._told[1])", ""),
    ("signs in from memory, whatever another window did", "windows", "signing_in.py", "            yield from self._kept.reload()\n            if sign_outs", "            if sign_outs"),
    ("writes over what another window wrote", "windows", "stored.py", "                if is_read:\n                    self._adopt(text)\n", ""),
    ("does not obey a sign-out in another window", "windows", "merging.py", "if theirs.sign_in_id != base.sign_in_id:", "if theirs.sign_in_id not in (None, base.sign_in_id):"),
    ("loses the sign-outs that another window has to tell", "windows", "merging.py", "if one.key in here or one.key not in known}", "if one.key in here}"),
    ("loses the cookies of another window", "windows", "merging.py", "before, here, merged = _by_key(base), _by_key(ours), _by_key(theirs)", "before, here, merged = _by_key(base), _by_key(ours), _by_key(ours)"),
    ("keeps no bearer", "second_door", "state.py", '**({} if stored.bearer is None else {"bearer": stored.bearer}),', ""),
    ("sends a bearer that is none", "second_door", "state.py", "if kept is not None and not is_bearer(kept):", "if False:"),
    ("keeps the bearer in a call to another port", "second_door", "site.py", "return origin_of(url) == origin_of(self.url)", "return url.host == self.url.host"),
    ("sends the bearer along with the code", "second_door", "sending.py", "            self._kept.keep_out_of(request)\n", "            self._kept.put_into(request, self._kept.firebase_uid or '')\n"),
    ("puts its bearer over a header of the app's", "second_door", "request_bearers.py", "there is not None and there != request.extensions.get(_OURS)", "False"),
    ("takes any state", "second_door", "pkce.py", 'if not secrets.compare_digest(_only(answer, "state").encode(), self.state.encode()):', "if False:"),
    ("takes any issuer", "second_door", "pkce.py", 'if _only(answer, "iss") != self.issuer:', "if False:"),
    ("looks at the error before the issuer", "second_door", "pkce.py", 'if _only(answer, "iss") != self.issuer:', 'if not _only(answer, "error") and _only(answer, "iss") != self.issuer:'),
    ("exchanges nothing for nothing", "second_door", "pkce.py", "        if not code:\n", "        if code is None:\n"),
    ("sends the same state again", "second_door", "pkce.py", 'state: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES))', 'state: str = field(repr=False, default="x" * 43)'),
    ("sends the verifier itself", "second_door", "pkce.py", "_challenge(self.verifier)", "self.verifier"),
    ("takes a path that begins alike", "second_door", "loopback.py", "if path != self._path:", "if not path.startswith('/'):"),
    ("opens a browser for each call", "second_door", "works.py", "setdefault(name, ours)", "setdefault(name := f'{name}{id(ours)}', ours)"),
    ("opens another browser after a denial", "second_door", "works.py", "_ANSWERS = (SignInRejected, NotOurSite", "_ANSWERS = (NotOurSite"),
    ("opens another browser after it is cancelled", "second_door", "signing_in.py", "        if cancels != self._cancels:\n            raise Cancelled\n", ""),
    ("opens a browser although another window is signed in", "second_door", "signing_in.py", "            yield from self._kept.reload()\n            if sign_outs", "            if sign_outs"),
    ("opens a browser for what is optional", "second_door", "session.py", "return is_optional and is_by_user and not self._kept.has_session", "return False"),
    ("goes on after a sign-out", "second_door", "signing_in.py", "        if generation is None:\n            self._way.cancel()\n", ""),
    ("leaves the former session at the site", "second_door", "kept.py", "if ends_former and self.is_signed_in:", "if False:"),
    ("leaves a session that is nobody's at the site", "second_door", "page_flows.py", "            self._kept.turn_away(opened)\n            yield from self._kept.save_or_tell()\n            yield from self._sender.end_pending(template)\n", ""),
    ("forgets a bearer that nobody answered for", "second_door", "page_flows.py", "            self._kept.turn_away(opened)\n            yield from self._kept.save_or_tell()\n            raise", "            raise"),
    ("takes a token of any type", "second_door", "page_flows.py", ' or token_type.lower() != "bearer"', ""),
    ("takes a token of two lines", "second_door", "page_flows.py", "if not is_bearer(bearer) or", "if not isinstance(bearer, str) or"),
    ("polls no slower", "second_door", "page_flows.py", "pause = interval = interval + SLOWER_SECONDS", "pause = interval + SLOWER_SECONDS"),
    ("polls for ever", "second_door", "page_flows.py", "while self._clock() + timedelta(seconds=pause) < code.expires_at:", "while True:"),
    ("polls before the site asks to", "second_door", "page_flows.py", "max(interval, retry_after(response, self._clock()) or 0)", "interval"),
    ("hands out an address of another site", "browser_links", "answers.py", "isinstance(address, str) and site.owns(httpx.URL(address))", "isinstance(address, str)"),
    ("forgets where to go next", "browser_links", "session.py", 'body = {} if next_page is None else {"next": next_page}', "body: dict[str, str] = {}"),
    ("takes a rejection for an address", "browser_links", "answers.py", "    if not response.is_success:\n        raise reject(response, problem_of(response, answer), device_time)\n    address", "    address"),
    ("hands the session out for another port", "headers", "session.py", "if not self._site.owns(url) or not self._kept.is_signed_in", "if not self._kept.is_signed_in"),
    ("hands the session of the user before out", "headers", "session.py", " or not (yield from self._sign_ins.is_named(owner)):\n            return {}", ":\n            return {}"),
    ("replaces an App Check token again and again", "app_check", "app_check.py", "if self._is_renewed or self._token is None", "if self._token is None"),
    ("keeps a user out whose attestation fails", "app_check", "app_check.py", "            self._failure = error\n", "            raise\n"),
    ("takes App Check for a missing registration", "app_check", "page_flows.py", "rejected_by(answer) or code", "code"),
    ("loads once", "windows", "auth.py", "perform(self._kept.reload(), self._performer)\n        return self.state\n\n    async", "perform(self._kept.load(), self._performer)\n        return self.state\n\n    async"),
]  # fmt: skip

TESTED = [
    ("brings back who has signed out", "test_users.py", "refresh_under_way", "identity_flows.py", "if landed == self._landed and self.user is not None and self.user.uid == known.uid:", "if True:"),
    ("signs in who has signed out since", "test_users.py", "answered_after", "identity_flows.py", "if turn < self._landed:", "if False:"),
    ("gives out the ID token of the user before", "test_users.py", "another_window_has_signed_in", "identity_flows.py", "user, landed = (yield from self.reload()), self._landed", "user, landed = (yield from self.load()), self._landed"),
    ("goes on writing after its call is cancelled", "test_users.py", "cancelled_while_it_stores", "performing.py", "return await to_the_end(_arun(_transact(self.store, effect)))", "return await _arun(_transact(self.store, effect))"),
    ("locks no file", "test_users.py", "one_at_a_time", "file_lock.py", "        _take(descriptor, time.monotonic() + PATIENCE_SECONDS)\n", ""),
    ("asks no toolkit who is signed in", "test_users.py", "says_who_is_signed_in", "auth.py", "return None if current_uid is None else", "return None if True else"),
    ("makes all wait for the first", "test_against_the_grain.py", "loses_its_patience", "works.py", "if not is_ours and isinstance(error, _ANSWERS):", "if not is_ours and error is not None:"),
    ("shares one error", "test_against_the_grain.py", "errors_of_their_own", "works.py", "raise error.again()", "raise error"),
    ("waits for itself", "test_against_the_grain.py", "by_the_same_client", "performing.py", "        if effect.work.thread == threading.get_ident() or self._is_asking(effect.work.name):\n            raise CallWithinSignIn\n", ""),
    ("waits for a slow source of ID tokens", "test_against_the_grain.py", "slow_source", "performing.py", "if patience.seconds_left() is None:", "if True:"),
    ("cannot send its errors to another process", "test_against_the_grain.py", "between_processes", "errors.py", "return _remake, (type(self), self.args, self.__dict__)", "return super().__reduce__()"),
    ("lets a listener break a call", "test_against_the_grain.py", "listener_that_fails", "auth.py", "except Exception:\n                log", "except ZeroDivisionError if False else KeyError:\n                log"),
    ("remembers every cookie", "test_against_the_grain.py", "remembered_of_cookies", "request_cookies.py", "            del self._names[name]", "            pass"),
    ("signs in without the client's headers", "test_against_the_grain.py", "headers_go_with", "sending.py", "if not _is_of_the_call(name, value)", 'if name == "user-agent"'),
    ("takes a web socket for another site", "test_against_the_grain.py", "web_socket", "site.py", "_OF_WEB_SOCKETS.get(url.scheme, url.scheme)", "url.scheme"),
    ("does not say that calls go elsewhere", "test_against_the_grain.py", "go_elsewhere", "session.py", "            self._warnings.about_elsewhere(request.url)\n", ""),
    ("sends no form again", "test_against_the_grain.py", "form_is_sent", "request_bodies.py", "if isinstance(fields, list):", "if False:"),
    ("sends any form again", "test_against_the_grain.py", "form_is_sent", "request_bodies.py", 'isinstance(getattr(field, "file", b""), str | bytes)', "True"),
    ("does not see a 401 before a hook", "test_against_the_grain.py", "hook_that_raises", "watching.py", "return 401 in parts and", "return 402 in parts and"),
    ("takes a path for a store", "test_against_the_grain.py", "mistake_is_told", "stores.py", "if isinstance(store, str | os.PathLike):", "if False:"),
    ("asks nobody to a public page", "test_against_the_grain.py", "public_page", "session.py", "            if not is_optional:\n                raise\n", "            raise\n"),
    ("shows what it should have kept", "test_against_the_grain.py", "does_not_show", "errors.py", 'why = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""', 'why = f": {cause}"'),
    ("listens to any method", "test_browser_sign_in.py", "hostile_requests", "loopback.py", '        if line[1] != "GET":\n            return 405, None\n', ""),
    ("reads for ever", "test_browser_sign_in.py", "hostile_requests", "loopback.py", "if end or len(head) > MAX_BYTES else None", "if end else None"),
    ("takes a state that is there twice", "test_browser_sign_in.py", "there_twice", "pkce.py", 'return values[0] if len(values) == 1 else ""', 'return values[0] if values else ""'),
    ("puts the page's text in as it is", "test_browser_sign_in.py", "pages_are_the_apps_own", "loopback.py", "escape(getattr(page, name))", "getattr(page, name)"),
    ("hurries the user", "test_browser_sign_in.py", "threads_that_call_at_once", "effects.py", "return Patience(self.request, None)", "return self"),
    ("goes by a port that is somebody else's", "test_browser_sign_in.py", "port_of_the_apps", "loopback.py", "parts.port or 0", "0"),
]  # fmt: skip

DART = [
    ("takes another port for the site", "other_hosts", "stored.dart", "bool owns(Uri url) => originOf(url) == originOf(site);", "bool owns(Uri url) => url.host == site.host;"),
    ("follows a redirect anywhere", "other_hosts", "session.dart", " || !_kept.owns(onward.url)", ""),
    ("sends what was stored for another site", "other_hosts", "state.dart", " || kept['site'] != origin", ""),
    ("signs in for each call at once", "signing_in", "works.dart", "final underWay = _underWay[name];\n    if", "final underWay = _underWay['$name?'];\n    if"),
    ("asks for no fresh ID token", "signing_in", "signing_in.dart", "_postIDToken(attestation, forceRefresh: true)", "_postIDToken(attestation, forceRefresh: false)"),
    ("calls without an ID token", "signing_in", "signing_in.dart", "if (idToken == null || idToken.isEmpty) throw const NotSignedInAtFirebase();", ""),
    ("tells one time only", "signing_in", "answers.dart", "serverTime: dateOf(response)", "serverTime: null"),
    ("repeats a call again and again", "signing_in_again", "session.dart", "return (await _exchange(request, owner, hops)).$1;", "return send(request);"),
    ("sends a stream twice", "signing_in_again", "session.dart", "if (!request.isRepeatable) {", "if (false) {"),
    ("signs the user out for an upload", "signing_in_again", "session.dart", "_kept.endedGeneration = max(_kept.endedGeneration, generation);", "await _kept.forget(generation);"),
    ("goes on with a session that an upload found ended", "signing_in_again", "session.dart", "await _signInAfter(_kept.endedGeneration, owner", "await _signInAfter(-1, owner"),
    ("lets what the source of ID tokens throws through", "signing_in_again", "signing_in.dart", "error is FlaskSessionException ? error : IdTokenFailed(error)", "error"),
    ("signs in at any 401", "signing_in_again", "session.dart", "return (await readJson(response))?['code'] == 'not_signed_in';", "return true;"),
    ("lets an old answer change a new session", "signing_in_again", "kept.dart", "if (_setCookies(response).isEmpty || generation != this.generation) return;", "if (_setCookies(response).isEmpty) return;"),
    ("takes the sign-in page for an answer", "signing_in_again", "session.dart", "return redirectsToSignIn(response, _signInPage);", "return false;"),
    ("takes cookies apart at every comma", "cookies", "cookies.dart", """r",(?=[ \\t]*[!#$%&'*+\\-.^_`|~0-9A-Za-z]+=)\"""", 'r","'),
    ("takes them apart nowhere", "cookies", "cookies.dart", "headers.expand((header) => header.split(_joined))", "headers"),
    ("puts Expires before Max-Age", "cookies", "cookies.dart", "if (_deltaSeconds.hasMatch(maxAge)) {", "if (!said.containsKey('expires') && _deltaSeconds.hasMatch(maxAge)) {"),
    ("sends Secure cookies over HTTP", "cookies", "cookies.dart", "if (cookie.secure && !_isSecure) return false;", ""),
    ("trusts the device's clock for Expires", "cookies", "cookies.dart", "?.add(now.difference(serverNow))", ""),
    ("writes at each answer", "store", "kept.dart", "if (before == jar.fingerprint) return;", ""),
    ("reads a store of a later version", "store", "state.dart", "kept['version'] != _version || ", ""),
    ("reads a session that is nobody's", "store", "state.dart", "if (account != null && account['firebase_uid'] is! String) throw const FormatException('nobody');", ""),
    ("loses a call to a full disk", "store", "stored.dart", "} on StoreFailed catch (error) {\n      onStoreFailed(error);", "} on StoreFailed catch (error) {\n      onStoreFailed(error);\n      rethrow;"),
    ("tells nobody of a full disk", "store", "stored.dart", "onStoreFailed(error);", ""),
    ("waits as long as the site likes", "waiting", "sending.dart", " || waited + asked > maxWait", ""),
    ("repeats what changes something", "waiting", "session.dart", "isRepeatable: _safeMethods.contains(request.method)", "isRepeatable: true"),
    ("repeats what can be read once", "waiting", "session.dart", " && request.isRepeatable,", ","),
    ("sends on what is aborted", "waiting", "session.dart", "final trigger? => Future.any([answer, trigger.then((_) => throw CallCancelled.byAbort)]),", "_? => answer,"),
    ("takes an abort for an absent site", "waiting", "sending.dart", " || request.isAborted) return false;", ") return false;"),
    ("goes round and round", "other_hosts", "session.dart", "if (hop == hops) throw TooManyRedirects(response.url);", "if (hop == hops) return (response, generation);"),
    ("follows nothing elsewhere", "other_hosts", "sending.dart", "    request.maxRedirects = maxRedirects;\n", ""),
    ("keeps a session without a connection", "signing_out", "kept.dart", "    _leave();\n    tell();\n    await write(generation == null ? _leave : () {});", "    await write(() {});"),
    ("signs in again after a sign-out", "signing_out", "session.dart", "signOuts != _kept.signOuts || !await", "!await"),
    ("signs in although the user signed out meanwhile", "signing_out", "kept.dart", "isTaken = signOuts == this.signOuts && (", "isTaken = signOuts >= 0 || ("),
    ("never knows that it is offline", "state", "sending.dart", "setOffline(isOffline: true)", "setOffline(isOffline: false)"),
    ("calls itself signed out before it looked", "state", "stored.dart", "(false, _, _) => SessionState.unknown,", ""),
    ("lets one call fail for all", "state", "works.dart", "if (error is SignInRejected || error is UnexpectedAnswer || error is NotSignedInAtFirebase) rethrow;", "rethrow;"),
    ("takes any answer for a sign-in", "bad_answers", "signing_in.dart", " || answer?['session'] is! Map", ""),
    ("takes a sign-in without a cookie", "bad_answers", "kept.dart", "if (!browserOwnsCookies && _receiveInto(makeJar(), response).isEmpty) {", "if (false) {"),
    ("takes a sign-in that is nobody's", "bad_answers", "signing_in.dart", "if (account['firebase_uid'] is! String) {", "account.putIfAbsent('firebase_uid', () => '?');\n    if (false) {"),
    ("sends cookies where the browser owns them", "browser", "kept.dart", "if (browserOwnsCookies) return generation;", "request.headers['cookie'] = 'session=?';"),
    ("sends what one user asked for as another", "users", "kept.dart", "if (owner != null && owner != firebaseUID) {", "if (false) {"),
    ("goes on as the user before", "users", "signing_in.dart", "if (!_kept.isSignedIn || uid == _kept.firebaseUID) {", "if (true) {"),
    ("lets nobody end no session", "users", "signing_in.dart", "if (uid == null) throw const NotSignedInAtFirebase();\n        return uid;", "return uid;"),
    ("looks once at who signs in", "users", "signing_in.dart", "await require(opened.firebaseUID);", ""),
    ("looks once at whose call it is", "users", "session.dart", "check: () => _signIns.require(owner),", ""),
    ("leaves the session of another user at the site", "users", "signing_in.dart", "      _kept.turnAway(opened);\n", ""),
    ("tells nobody of another user", "users", "stored.dart", "if ((state != this.state || isAnother) &&", "if ((state != this.state) &&"),
    ("does not listen to Firebase", "users", "identity.dart", "onChange(uid);", ""),
    ("signs in from memory, whatever another window did", "windows", "signing_in.dart", "    await _kept.reload();\n    if (signOuts", "    if (signOuts"),
    ("writes over what another window wrote", "windows", "stored.dart", "if (isRead) _adopt(text);", ""),
    ("does not obey a sign-out in another window", "windows", "merging.dart", "if (theirs.signInID != base.signInID) return", "if (theirs.signInID != null && theirs.signInID != base.signInID) return"),
    ("loses the sign-outs that another window has to tell", "windows", "merging.dart", "here.containsKey(one.key) || !known.contains(one.key)", "here.containsKey(one.key)"),
    ("loses the cookies of another window", "windows", "merging.dart", "final merged = _byKey(theirs);", "final merged = _byKey(ours);"),
    ("loads once", "windows", "session.dart", "    await _kept.reload();\n    return state;", "    await _kept.load();\n    return state;"),
    ("keeps no bearer", "second_door", "state.dart", "if (bearer case final bearer?) 'bearer': bearer,\n        'pending", "'pending"),
    ("takes any state", "second_door", "hand_off.dart", "if (told('state') != _state)", "if (_state.isEmpty)"),
    ("takes any issuer", "second_door", "hand_off.dart", "if (told('iss') != _issuer)", "if (_issuer.isEmpty)"),
    ("exchanges nothing for nothing", "second_door", "hand_off.dart", "if (code == null) throw const AnswerUnreadable('it has neither a code nor an error');", "if (code == null) return finish(null);"),
    ("sends the verifier itself", "second_door", "hand_off.dart", "_encode(sha256(ascii.encode(verifier)))", "verifier"),
    ("sends a call with a header of the app's in the user's name", "second_door", "session.dart", "if (isByBearer && request.headers.containsKey('authorization')) return _sender.send(request);", ""),
    ("takes a token of any type", "second_door", "handing_off.dart", "type.toLowerCase() == 'bearer' && ", ""),
    ("leaves a session that is nobody's at the site", "second_door", "handing_off.dart", "      await _turnAway(bearer);\n", ""),
    ("replaces an App Check token again and again", "app_check", "app_check.dart", "if (_isRenewed || _token == null", "if (_token == null"),
    ("keeps a user out whose attestation fails", "app_check", "app_check.dart", "      _failure = error;\n", "      rethrow;\n"),
    ("takes App Check for a missing registration", "app_check", "handing_off.dart", "rejectByError(rejectedBy(answer) ?? error, detail, response.status)", "rejectByError(error, detail, response.status)"),
    ("hands the session out for another port", "headers", "session.dart", "if (!_kept.owns(url) || !_kept.isSignedIn", "if (!_kept.isSignedIn"),
    ("hands the session of the user before out", "headers", "session.dart", " || !await _signIns.isNamed(owner)) return {};", ") return {};"),
    ("takes a web socket for another site", "headers", "stored.dart", "_ofWebSockets[url.scheme] ?? url.scheme", "url.scheme"),
    ("hands out an address of another site", "browser_links", "answers.dart", "return url != null && isOfSite(url) ? url", "return url != null ? url"),
]  # fmt: skip

DART_TESTED = [
    ("makes a stream at each look", "session_test", "the states are one stream", "session.dart", "late final Stream<SessionState> states = Stream.multi(", "Stream<SessionState> get states => Stream.multi("),
    ("tells no end of the states", "session_test", "closing ends the states", "stored.dart", "Future<void> close() => _changes.close();", "Future<void> close() async {}"),
    ("waits on after it is closed", "session_test", "closing ends the waits", "sending.dart", "    _cancelled.complete(CallCancelled.byClose);\n", ""),
    ("waits for Firebase after it is closed", "session_test", "closing ends the wait for the first word", "identity.dart", "    _fail(CallCancelled.byClose);\n", ""),
    ("opens a session after it is closed", "session_test", "opens no session", "sending.dart", "      if (_isClosed) throw CallCancelled.byClose;\n", ""),
    ("calls after it is closed", "session_test", "a closed session makes no call", "session.dart", "if (_isClosed) throw StateError(", "if (false) throw StateError("),
    ("does not hear a stream that fails", "session_test", "that fails is told", "identity.dart", "onError: _fail,", "onError: (Object _) {},"),
    ("waits for a stream that has ended", "session_test", "ends without a word", "identity.dart", "onDone: () => _fail(StateError('identityChanges ended before it told who is signed in at Firebase.')),", ""),
    ("goes by a stream that has told nothing", "session_test", "at a cold start", "identity.dart", "if (_streamed == null) await _first.future;\n    return _streamed!.$1;", "return _streamed?.$1;"),
    ("reads an upload ahead", "http_client_test", "read as fast as it is sent", "flask_client.dart", "    return http.ByteStream(_body);", "    final all = StreamController<List<int>>();\n    _body.listen(all.add, onError: all.addError, onDone: all.close);\n    return http.ByteStream(all.stream);"),
    ("leaves an upload that is not sent", "http_client_test", "before it is sent is cancelled", "session.dart", "      await request.drop();\n", ""),
    ("takes a certificate for an absent site", "http_client_test", "does not say offline", "flask_client.dart", "error is http.ClientException && error is! http.RequestAbortedException && mayBeOffline", "true"),
    ("keeps a connection that was not to be kept", "http_client_test", "as it was made", "flask_client.dart", "      persistentConnection: request.persistentConnection,\n", ""),
    ("is closed and goes on", "http_client_test", "a closed client says so", "flask_client.dart", "    _isClosed = true;\n", ""),
    ("takes a body that breaks for an absent site", "session_test", "a body that breaks", "sending.dart", "if (request.hasBodyFailed || ", "if ("),
    ("takes any mistake for an absent site", "session_test", "a mistake", "sending.dart", ": error is Exception;", ": true;"),
    ("locks out no other isolate", "file_store_test", "isolates change the file", "io.dart", "run(() => _amongIsolates(File('$beside.$pid'), () async {", "run(() => ((File _, Future<T> Function() work) => work())(File('$beside.$pid'), () async {"),
    ("waits for a process that was killed", "file_store_test", "left behind", "io.dart", "      if (isLeft) await made.delete();\n", ""),
    ("lets anybody read the file", "file_store_test", "only its owner", "io.dart", "['600', beside.path]", "['644', beside.path]"),
    ("writes back what another client has signed out", "session_test", "brings nothing back", "stored.dart", "    if (isRead) _adopt(text);\n", ""),
    ("does not say what a call waits for", "http_client_test", "all that its session takes", "flask_client.dart", "      onProgress: onProgress,\n", ""),
    ("makes answers wait for the store", "session_test", "no answer waits for a store", "session.dart", "_kept.receive(response, generation);", "_kept.receive(response, generation);\n      await _kept.telling(_kept.save);"),
    ("waits for ever for an attestation", "session_test", "takes too long keeps nobody", "app_check.dart", ".timeout(_patience)", ""),
    ("hides a mistake in the source of App Check tokens", "session_test", "shows as it is", "app_check.dart", "} on Exception catch (error) {\n      _failure = error;", "} on Object catch (error) {\n      _failure = FormatException('$error');"),
    ("remembers every cookie", "session_test", "a hundred cookies", "request_cookies.dart", "    while (_names.length > _maxNames) {\n      _names.remove(_names.first);\n    }\n", ""),
]  # fmt: skip

GROUPS = {case.group for case in read_cases()}


def table(names, rows):
    """`parametrize` for a table whose first column is the name of the row."""
    return pytest.mark.parametrize(names, [row[1:] for row in rows], ids=[row[0] for row in rows])


@pytest.fixture(autouse=True)
def wait_less(monkeypatch):
    """For what a defect keeps from happening."""
    for module in (conformance, driver_process):
        monkeypatch.setattr(module, "ANSWER_SECONDS", 15)


def caught(driver, name, group):
    """Whether a case of the group fails, or the client never answers."""
    cases = [case for case in read_cases() if case.group == group and (not case.clients or name in case.clients)]
    try:
        return any(play(case, driver) for case in cases)
    except AssertionError:
        return True


def put_defect(folder, file, old, new):
    path = folder / file
    text = path.read_text()
    assert text.count(old) == 1, f"{file} has {text.count(old)} of {old!r}"
    path.write_text(text.replace(old, new))


@pytest.mark.integration
@table(("group", "file", "old", "new"), PYTHON)
def test_a_defect_of_the_python_client_is_caught(tmp_path, group, file, old, new):
    """By the cases of its group."""
    package = shutil.copytree(CLIENTS / "python" / "src", tmp_path / "src") / "flask_firebase_login_client"
    put_defect(package, file, old, new)
    with Driver(driver_command("python-sync", python_client=tmp_path / "src")) as driver:
        assert caught(driver, "python-sync", group)


def run_tests(python_client, folder, *arguments):
    """Run tests with a copy of the client; they need none of our fixtures and none of pytest's plug-ins, which take seconds to import."""
    path = f"pythonpath={python_client} tools tests/support clients/conformance"
    options = ["-q", "--noconftest", "-p", "no:cacheprovider", "-o", path, f"--basetemp={folder}"]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    environment = os.environ | {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=CLIENTS.parent, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.integration
@table(("tests", "name", "file", "old", "new"), TESTED)
def test_a_defect_of_the_python_client_is_caught_by_a_test(tmp_path, tests, name, file, old, new):
    """Where a case cannot say it."""
    package = shutil.copytree(CLIENTS / "python" / "src", tmp_path / "src") / "flask_firebase_login_client"
    put_defect(package, file, old, new)
    done = run_tests(tmp_path / "src", tmp_path / "inner", "-x", f"tests/clients/{tests}", "-k", name)
    assert done.returncode == 1, done.stdout
    assert re.search(r"^1 failed\b(?!.*\berror)", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.integration
def test_without_a_defect_those_tests_pass(tmp_path):
    """So that they fail by the defect, and not by how they are run here."""
    files = {row[1] for row in TESTED}
    names = " or ".join(row[2] for row in TESTED)
    done = run_tests(CLIENTS / "python" / "src", tmp_path / "inner", *[f"tests/clients/{file}" for file in files], "-k", names)
    assert done.returncode == 0, done.stdout


def dart_test_of(row):
    """The program that is to notice a row's defect."""
    return "io_driver.dart" if row in DART else f"units/{row[1]}.dart"


def place_of(row):
    """Of a row's file and of the texts in it: a row of `DART_TESTED` says first which test notices."""
    return row[-3:]


@pytest.fixture(scope="session")
def dart_defects(tmp_path_factory):
    """The names of the defects, each a package of its own, and the command that runs the program which is to notice it.

    They are compiled together: one by one, each would take 3 s.
    """
    folder = tmp_path_factory.mktemp("dart-defects")
    dart_command(CLIENTS / "dart" / "test" / "io_driver.dart")
    config = json.loads(dart_setup.PACKAGE_CONFIG.read_text())
    imports, rows = [], [*DART, *DART_TESTED]
    for number, row in enumerate(rows):
        package = folder / f"defect_{number}"
        shutil.copytree(CLIENTS / "dart" / "lib", package / "lib")
        shutil.copytree(CLIENTS / "dart" / "test", package / "test")
        library, (file, old, new) = package / "lib", place_of(row)
        put_defect(library / "src" if (library / "src" / file).exists() else library, file, old, new)
        for path in package.rglob("*.dart"):
            path.write_text(path.read_text().replace("package:flask_firebase_login/", f"package:{package.name}/"))
        config["packages"].append(
            {"name": package.name, "rootUri": package.as_uri(), "packageUri": "lib/", "languageVersion": "3.5"}
        )
        imports.append(f"import '{(package / 'test' / dart_test_of(row)).as_uri()}' as d{number};")
    (folder / "package_config.json").write_text(json.dumps(config))
    mains = ", ".join(f"d{number}.main" for number in range(len(rows)))
    main = f"Future<void> main(List<String> arguments) async => await (<Function>[{mains}][int.parse(arguments.first)])();"
    (folder / "main.dart").write_text("\n".join([*imports, main]))
    compiled = folder / "main.dill"
    command = dart_command(folder / "main.dart", folder / "package_config.json")
    compiling = [*command[:-1], f"--snapshot={compiled}", "--snapshot-kind=kernel", command[-1]]
    done = subprocess.run(compiling, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {row[0]: [command[0], str(compiled), str(number)] for number, row in enumerate(rows)}


@pytest.mark.integration
@pytest.mark.parametrize(("name", "group"), [row[:2] for row in DART])
def test_a_defect_of_the_dart_client_is_caught(dart_defects, name, group):
    """By the cases of its group."""
    with Driver(dart_defects[name]) as driver:
        assert caught(driver, "dart-io", group)


@pytest.mark.integration
@pytest.mark.parametrize(("name", "sentence"), [(row[0], row[2]) for row in DART_TESTED])
def test_a_defect_of_the_dart_client_is_caught_by_a_test(dart_defects, name, sentence):
    """Where a case cannot say it; a check that waits for ever ends the program without its last line."""
    try:
        done = subprocess.run(dart_defects[name], capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return
    assert "tests passed" not in done.stdout
    assert done.returncode == 0 or sentence in done.stderr or "Unhandled exception" in done.stderr, done.stderr


def test_every_group_has_a_defect():
    """In both languages, but for what a browser does, which is Dart's alone."""
    assert {row[1] for row in PYTHON} == GROUPS - {"browser"}
    assert {row[1] for row in DART} == GROUPS
    assert len({row[0] for row in [*DART, *DART_TESTED]}) == len(DART) + len(DART_TESTED)
