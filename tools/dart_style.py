"""Finds lines of Dart that `dart format` would write in another way, as far as that can be told without it.

The style is that of language versions before 3.7 ("short"), at the page width of `analysis_options.yaml`: a trailing comma splits a list, and what
fits into a line is in one. Where an expression that is too long breaks is the formatter's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 128
_TEXT = r"r?'''.*?'''|r'[^'\n]*'|'(?:\\.|\$\{[^}\n]*\}|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\""
_TEXT_OR_COMMENT = re.compile(rf"(?P<text>{_TEXT})|//[^\n]*", re.DOTALL)
_LONG_TEXT = re.compile(rf"_{{{WIDTH // 2},}}")
_ONE_OF_A_RECORD = re.compile(r"\(\w*[?!]?,\)")
_MISSING_BLANK = re.compile(r"\b(?:if|for|while|switch|catch)\(|\)\{|\w=>|,(?=[^\s)\]}])")


def find_unformatted(source: str) -> Iterator[str]:
    """Yield what the formatter would change.

    Args:
        source: A Dart file.
    """
    if not source.endswith("\n") or source.endswith("\n\n"):
        yield "the file does not end with one line break"
    if "\n\n\n" in source:
        yield "there are two blank lines"
    lines, code = source.splitlines(), _blank_out(source).splitlines()
    for start, (line, bare) in enumerate(zip(lines, code, strict=True)):
        problems = [*_look_at(line, bare), *_look_below(lines, code, start)]
        yield from (f"line {start + 1} {problem}: {line.strip()}" for problem in problems)


def _look_at(line: str, bare: str) -> Iterator[str]:
    if "\t" in bare or line != line.rstrip():
        yield "has a tab, or ends with a blank"
    if len(bare.rstrip()) > WIDTH and not _LONG_TEXT.search(bare) and not bare.startswith(("import ", "export ")):
        yield f"is longer than {WIDTH}"
    if re.search(r",\s*[)\]}]", _ONE_OF_A_RECORD.sub("", bare)):
        yield "has a trailing comma, which splits its list"
    if _MISSING_BLANK.search(bare):
        yield "lacks a blank"


def _look_below(lines: list[str], code: list[str], start: int) -> Iterator[str]:
    """Look at what a line ends with, and at the lines that this reaches to; comments and blocks keep lines apart."""
    end = _last_line(code, start)
    below = [line.strip() for line in lines[start + 1 : end + 1]]
    if not below or "//" in "".join(lines[start : end + 1]) or re.search(r"[{;]", "".join(code[start + 1 : end])):
        return
    joined = f"{lines[start]} {below[0]}" if lines[start].endswith("=>") else lines[start] + " ".join(below[:-1]) + below[-1]
    if len(joined) <= WIDTH:
        yield "and those below fit into one line"


def _last_line(code: list[str], start: int) -> int:
    """Return the last line of what the formatter would try to put into one; the first where that is none of its matters."""
    head = code[start].rstrip()
    if head.endswith("=>") and not head.lstrip().startswith("}") and code[start + 1].rstrip().endswith(";"):
        return start + 1
    end = _closing_line(code, start) if head.endswith(("(", "[")) else start
    return start if code[end - 1].rstrip().endswith(",") else end


def _closing_line(code: list[str], start: int) -> int:
    """Return the line of the bracket that closes the last one of a line."""
    depth = 1
    for number, line in enumerate(code[start + 1 :], start + 1):
        for one in line:
            depth += (one in "([{") - (one in ")]}")
            if depth == 0:
                return number
    return start


def _blank_out(source: str) -> str:
    """Replace texts by as many underscores, and comments by blanks."""
    return _TEXT_OR_COMMENT.sub(lambda found: re.sub(r"[^\n]", "_" if found["text"] else " ", found[0]), source)
