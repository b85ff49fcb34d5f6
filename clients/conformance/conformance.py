"""Plays a conformance case: tells a client's driver what to do, and a scripted site what to expect. README.md has the format."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driver_process import ANSWER_SECONDS, Driver
from scripted_site import ScriptedSite

__all__ = ["Case", "Driver", "differences", "play", "read_cases"]

CASES = Path(__file__).parent / "cases"
NOW = "2026-06-01T12:00:00Z"
DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
_WAYS: dict[str, dict[str, Any]] = {
    "browser": {"client_id": "notes-app", "redirect_uri": "http://127.0.0.1/callback"},
    "device": {"client_id": "notes-tv"},
}
_CHECKS = (
    "gives", "state", "states", "stored", "saves", "asked", "asked_app_check", "waits", "account", "progress", "store_failures", "shown",
)  # fmt: skip
_DETAILS = ("server", "at", "by", "headers", "body", "streamed", "times", "as", "release", "settles", "comment")


@dataclass(frozen=True)
class Case:
    """One case of a file."""

    group: str
    name: str
    content: Mapping[str, Any]
    answers: Mapping[str, Any]

    @property
    def clients(self) -> Sequence[str]:
        """Which kinds of client it is for; empty means all."""
        return [*self.content.get("clients", [])]


def read_cases() -> Iterator[Case]:
    """Read every case of every file."""
    answers = json.loads((CASES.parent / "answers.json").read_text())
    for path in sorted(CASES.glob("*.json")):
        for content in json.loads(path.read_text()):
            yield Case(path.stem, content["name"], content, answers)


def play(case: Case, driver: Driver) -> list[str]:
    """Play a case.

    Returns:
        What was not as the case says; empty where the client conforms.
    """
    url_prefix = case.content.get("client", {}).get("options", {}).get("url_prefix", "/auth")
    with ScriptedSite(DATE, url_prefix) as site:
        return _Player(case, driver, site).play()


class _Player:
    def __init__(self, case: Case, driver: Driver, site: ScriptedSite) -> None:
        self._answers = case.answers
        self._driver = driver
        self._site = site
        self._content: Any = self._fill(dict(case.content))
        self._begun: dict[str, list[int]] = {}
        self._found: list[str] = []
        self._saves = 0
        self._secrets = [one for one in self._content.get("client", {}).get("id_tokens", []) if isinstance(one, str)] + [
            "s1-secret",
            "s2-secret",
            "b1-secret",
            "code-1-secret",
            "code-2-secret",
            "bearer-1-secret",
            "bearer-2-secret",
            "bearer-of-bob",
            "device-code-1",
            "link-1-secret",
            "app-check-1-secret",
            "app-check-2-secret",
        ]
        self._by = "first"

    def play(self) -> list[str]:
        client = self._content.get("client", {})
        store = client.get("store")
        self._driver.do(
            "start",
            site=self._site.url,
            now=NOW,
            store=store if store is None or isinstance(store, str) else json.dumps(store),
            store_fails=client.get("store_fails", []),
            id_tokens=client.get("id_tokens", ["id-token-1"]),
            app_check=client.get("app_check"),
            options=client.get("options", {}),
            browser=self._site.browser_url,
            **({"identity": client["identity"]} if "identity" in client else {}),
            **({"sign_in_by": _WAYS[client["sign_in_by"]["way"]] | client["sign_in_by"]} if "sign_in_by" in client else {}),
        )
        for number, step in enumerate(self._content["steps"], 1):
            self._play_step(step)
            if not self._begun:
                self._site.check_played()
            self._found += [f"step {number}: {problem}" for problem in self._site.problems]
            self._site.problems.clear()
        return self._found

    def _play_step(self, step: dict[str, Any]) -> None:
        unknown = set(step) - {*_CHECKS, *_VERBS, *_DETAILS}
        assert not unknown, unknown
        self._by = step.get("by", "first")
        self._site.play(step.get("server", []))
        if step.get("release"):
            self._site.release()
        verb = next(verb for verb in _VERBS if verb in step)
        results = getattr(self, f"_{verb}")(step[verb], step)
        for result in results:
            self._check_result(result, step.get("gives"))
        self._check_look(step)

    def _do(self, what: str, **details: Any) -> dict[str, Any]:
        return self._driver.wait(self._begin_by(what, **details))

    def _begin_by(self, what: str, **details: Any) -> int:
        return self._driver.begin(what, by=self._by, **details)

    def _call(self, line: str, step: dict[str, Any]) -> list[dict[str, Any]]:
        self._begin(line, step)
        return self._end(step.get("as", ""), step)

    def _begin(self, line: str, step: dict[str, Any]) -> list[dict[str, Any]]:
        if line == "sign_in":
            self._begun[step["as"]] = [self._begin_by("sign_in")]
            return []
        method, _, path = line.partition(" ")
        base = {"site": self._site.url, "other": self._site.other_url, "other host": self._site.other_host_url}[
            step.get("at", "site")
        ]
        details = {key: step[key] for key in ("headers", "body", "streamed") if key in step}
        begun = [self._begin_by("call", method=method, url=f"{base}{path}", **details) for _ in range(step.get("times", 1))]
        self._begun[step.get("as", "")] = begun
        return []

    def _arrive(self, line: str, step: dict[str, Any]) -> list[dict[str, Any]]:
        """Wait until a request that was begun has arrived, so many times."""
        deadline = threading.Event()
        for _attempt in range(ANSWER_SECONDS * 100):
            if self._site.lines.count(line) >= step.get("times", 1):
                return []
            deadline.wait(0.01)
        raise AssertionError(f"{line} did not arrive")

    def _end(self, name: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.wait(number) for number in self._begun.pop(name)]

    def _sign_in(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("sign_in")]

    def _sign_out(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("sign_out")]

    def _browser_url(self, told: dict[str, Any], _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("browser_url", **told)]

    def _headers_for(self, url: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("headers_for", url=url)]

    def _load(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("load")]

    def _look(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return []

    def _restart(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("restart")]

    def _advance(self, seconds: int, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("advance", seconds=seconds)]

    def _mend_store(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("mend_store")]

    def _cancel(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._do("cancel")]

    def _abort(self, name: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("abort", calls=self._begun[name])]

    def _identity(self, uid: str | None, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("identity", uid=uid)]

    def _cookies(self, asked: dict[str, Any], _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("cookies", now=NOW, **asked)]

    def _check_result(self, result: dict[str, Any], expected: Any) -> None:
        message = result.get("error", {}).get("message", "")
        self._found += [
            f"the error tells a secret: {message}"
            for secret in [*self._secrets, *self._site.authorize.secrets]
            if secret in message
        ]
        if expected is None:
            if "error" in result:
                self._found.append(f"gave an error: {result['error']}")
            return
        self._found += differences(result, expected, "gives")

    def _check_look(self, step: dict[str, Any]) -> None:
        if not set(step) & {*_CHECKS} - {"gives"}:
            return
        found = self._look_for(step)
        for _attempt in range(ANSWER_SECONDS * 100 if step.get("settles") else 0):
            if not found and self._site.is_played:
                break
            threading.Event().wait(0.01)
            found = self._look_for(step)
        self._found += found

    def _look_for(self, step: dict[str, Any]) -> list[str]:
        look = self._do("look")
        if "stored" in step and look["stored"] is not None:
            look["stored"] = json.loads(look["stored"])
        saves, self._saves = look["saves"] - self._saves, look["saves"]
        look["saves"] = saves
        checks = [check for check in _CHECKS if check in step and check != "gives"]
        return [one for check in checks for one in differences(look[check], step[check], check)]

    def _fill(self, value: Any) -> Any:
        """Put the addresses in, and the shared answers and stores where they are named."""
        if isinstance(value, str):
            places = {"{site}": self._site.url, "{other}": self._site.other_url, "{other_host}": self._site.other_host_url}
            places |= {"{web_socket}": self._site.url.replace("http", "ws", 1), "{4096}": "x" * 4096}
            for name, place in places.items():
                value = value.replace(name, place)
            return value
        if isinstance(value, list):
            return [self._fill(one) for one in value]
        if isinstance(value, dict):
            filled = {}
            for key, one in value.items():
                is_named = key in ("answer", "store") and isinstance(one, str) and one in self._answers
                filled[key] = self._fill(self._answers[one] if is_named else one)
            return filled
        return value


_VERBS = (
    "call", "begin", "arrive", "end", "sign_in", "sign_out", "load", "look", "restart", "advance", "mend_store", "cookies", "identity",
    "browser_url", "headers_for", "cancel", "abort",
)  # fmt: skip


def differences(found: Any, expected: Any, where: str) -> list[str]:
    """Return where something is not as expected; members of objects that the case does not name are not looked at."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [one for key in expected for one in differences(found.get(key), expected[key], f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [one for index, item in enumerate(expected) for one in differences(found[index], item, f"{where}[{index}]")]
    return [] if found == expected else [f"{where} is {json.dumps(found)}, not {json.dumps(expected)}"]
