"""Plays a conformance case: tells a client's driver what to do, and a scripted site what to expect. README.md has the format."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from scripted_site import ScriptedSite

CASES = Path(__file__).parent / "cases"
NOW = "2026-06-01T12:00:00Z"
DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
ANSWER_SECONDS = 60
_CHECKS = ("gives", "state", "states", "stored", "saves", "asked", "waits", "account", "progress")


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


class Driver:
    """A client's driver: a process that is told one JSON object a line, and answers each with one.

    Args:
        command: How it is started.
        environment: Its environment; None is this process's own.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
        )
        self._answers: dict[int, Any] = {}
        self._arrived = threading.Condition()
        self._last_id = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Driver:
        """It runs already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it."""
        self._end()

    def kill(self) -> None:
        """End it as a force close does."""
        self._process.kill()
        self._end()

    def _end(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(ANSWER_SECONDS)
        self._listener.join(ANSWER_SECONDS)

    def do(self, what: str, **details: Any) -> dict[str, Any]:
        """Have something done, and return what came of it."""
        return self.wait(self.begin(what, **details))

    def begin(self, what: str, **details: Any) -> int:
        """Have something done, without waiting for it."""
        assert self._process.stdin is not None
        self._last_id += 1
        self._process.stdin.write(json.dumps({"id": self._last_id, "do": what} | details) + "\n")
        self._process.stdin.flush()
        return self._last_id

    def wait(self, number: int) -> dict[str, Any]:
        """Return what came of it."""
        with self._arrived:
            arrived = self._arrived.wait_for(
                lambda: number in self._answers or self._process.poll() is not None, ANSWER_SECONDS
            )
            if not arrived or number not in self._answers:
                raise AssertionError("the driver does not answer; its standard error tells why")
            answer: dict[str, Any] = self._answers.pop(number)
        if "failed" in answer:
            raise AssertionError(f"the driver failed: {answer['failed']}")
        return answer

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                answer = json.loads(line)
                with self._arrived:
                    self._answers[answer.pop("id")] = answer
                    self._arrived.notify_all()
        self._process.wait()
        with self._arrived:
            self._arrived.notify_all()


def play(case: Case, driver: Driver) -> list[str]:
    """Play a case.

    Returns:
        What was not as the case says; empty where the client conforms.
    """
    with ScriptedSite(DATE) as site:
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
        self._secrets = [one for one in self._content.get("client", {}).get("id_tokens", []) if one] + [
            "s1-secret",
            "s2-secret",
        ]

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
            options=client.get("options", {}),
        )
        for number, step in enumerate(self._content["steps"], 1):
            self._play_step(step)
            if not self._begun:
                self._site.check_played()
            self._found += [f"step {number}: {problem}" for problem in self._site.problems]
            self._site.problems.clear()
        return self._found

    def _play_step(self, step: dict[str, Any]) -> None:
        unknown = set(step) - {
            *_CHECKS,
            *_VERBS,
            "server",
            "at",
            "headers",
            "body",
            "streamed",
            "times",
            "as",
            "release",
            "comment",
        }
        assert not unknown, unknown
        self._site.play(step.get("server", []))
        if step.get("release"):
            self._site.release()
        verb = next(verb for verb in _VERBS if verb in step)
        results = getattr(self, f"_{verb}")(step[verb], step)
        for result in results:
            self._check_result(result, step.get("gives"))
        self._check_look(step)

    def _call(self, line: str, step: dict[str, Any]) -> list[dict[str, Any]]:
        self._begin(line, step)
        return self._end(step.get("as", ""), step)

    def _begin(self, line: str, step: dict[str, Any]) -> list[dict[str, Any]]:
        if line == "sign_in":
            self._begun[step["as"]] = [self._driver.begin("sign_in")]
            return []
        method, _, path = line.partition(" ")
        base = {"site": self._site.url, "other": self._site.other_url, "other host": self._site.other_host_url}[
            step.get("at", "site")
        ]
        details = {key: step[key] for key in ("headers", "body", "streamed") if key in step}
        begun = [self._driver.begin("call", method=method, url=f"{base}{path}", **details) for _ in range(step.get("times", 1))]
        self._begun[step.get("as", "")] = begun
        return []

    def _arrive(self, line: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        """Wait until a request that was begun has arrived."""
        deadline = threading.Event()
        for _attempt in range(ANSWER_SECONDS * 100):
            if line in self._site.lines:
                return []
            deadline.wait(0.01)
        raise AssertionError(f"{line} did not arrive")

    def _end(self, name: str, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.wait(number) for number in self._begun.pop(name)]

    def _sign_in(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("sign_in")]

    def _sign_out(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("sign_out")]

    def _load(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("load")]

    def _look(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return []

    def _restart(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("restart")]

    def _advance(self, seconds: int, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("advance", seconds=seconds)]

    def _mend_store(self, _: Any, __: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("mend_store")]

    def _cookies(self, asked: dict[str, Any], _: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._driver.do("cookies", now=NOW, **asked)]

    def _check_result(self, result: dict[str, Any], expected: Any) -> None:
        message = result.get("error", {}).get("message", "")
        self._found += [f"the error tells a secret: {message}" for secret in self._secrets if secret in message]
        if expected is None:
            if "error" in result:
                self._found.append(f"gave an error: {result['error']}")
            return
        self._found += differences(result, expected, "gives")

    def _check_look(self, step: dict[str, Any]) -> None:
        if not set(step) & {*_CHECKS} - {"gives"}:
            return
        look = self._driver.do("look")
        if "stored" in step and look["stored"] is not None:
            look["stored"] = json.loads(look["stored"])
        saves, self._saves = look["saves"] - self._saves, look["saves"]
        look["saves"] = saves
        for check in _CHECKS:
            if check in step and check != "gives":
                self._found += differences(look[check], step[check], check)

    def _fill(self, value: Any) -> Any:
        """Put the addresses in, and the shared answers and stores where they are named."""
        if isinstance(value, str):
            places = {"{site}": self._site.url, "{other}": self._site.other_url, "{other_host}": self._site.other_host_url}
            places["{4096}"] = "x" * 4096
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
    "call", "begin", "arrive", "end", "sign_in", "sign_out", "load", "look", "restart", "advance", "mend_store", "cookies",
)  # fmt: skip


def differences(found: Any, expected: Any, where: str) -> list[str]:
    """Return where something is not as expected; members of objects that the case does not name are not looked at."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [one for key in expected for one in differences(found.get(key), expected[key], f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [one for index, item in enumerate(expected) for one in differences(found[index], item, f"{where}[{index}]")]
    return [] if found == expected else [f"{where} is {json.dumps(found)}, not {json.dumps(expected)}"]
