"""A client's driver: a program that is told what to do by JSON lines, and answers by them. README.md has the format."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

ANSWER_SECONDS = 60


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
        self._arrived, self._telling = threading.Condition(), threading.Lock()
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
        with self._telling:
            self._last_id += 1
            number = self._last_id
            self._process.stdin.write(json.dumps({"id": number, "do": what} | details) + "\n")
            self._process.stdin.flush()
        return number

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
