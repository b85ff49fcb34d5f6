"""What to change in a `firebaseConfig` that was pasted as the console shows it: JavaScript, where JSON is wanted."""

from __future__ import annotations

import re

_DECLARATION = re.compile(r"(?:(?:const|let|var)\s+)?[A-Za-z_$][\w$]*\s*=\s*(?=\{)", re.ASCII)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|(?P<name>[A-Za-z_$][\w$]*)|[{}:,]""",
    re.ASCII | re.DOTALL,
)


def list_changes_to_json(text: str) -> list[str]:
    """Return what to change so that a JavaScript object becomes JSON, in the order in which it is met; nothing where it is no object.

    Nothing of its values is in what is returned.

    Source: RFC 8259, section 2, against ECMA-262, "Object Initializer".
    """
    declaration = _DECLARATION.search(text)
    start = declaration.end() if declaration else text.find("{")
    end = text.find("}", start)
    if start < 0 or end < 0:
        return []
    within = _list_changes_within(text[start : end + 1])
    if within is None:
        return []
    before = text[: declaration.start() if declaration else start]
    return _list_changes_around(before, declaration, text[end + 1 :]) + within


def _list_changes_around(before: str, declaration: re.Match[str] | None, after: str) -> list[str]:
    rest = _COMMENT.sub("", before).strip() + _COMMENT.sub("", after).strip().lstrip(";")
    if rest:
        return ["keep only what is between the braces of firebaseConfig, and these"]
    changes = ["remove the comments"] if _COMMENT.search(before + after) else []
    declared = f"'{' '.join(declaration[0].split())}'" if declaration else ""
    removed = " and ".join(filter(None, [declared, "the ';' at the end" if ";" in after else ""]))
    return changes + ([f"remove {removed}"] if removed else [])


def _list_changes_within(braces: str) -> list[str] | None:
    """Return what to change between the braces; None where there is no key in them."""
    tokens = list(_TOKEN.finditer(braces))
    changes = ["remove the comments"] if any(token["comment"] for token in tokens) else []
    words = [token[0] for token in tokens if not token["comment"]]
    members = [
        (key, value)
        for key, colon, value in zip(words, words[1:], words[2:], strict=False)
        if colon == ":" and key not in "{},:"
    ]
    if not members:
        return None
    unquoted = [key.strip("'`") for key, _ in members if not key.startswith('"')]
    if unquoted:
        changes.append(f'put every key in double quotes, "{unquoted[0]}" first')
    quoted_otherwise = [key.strip("\"'`") for key, value in members if value[0] in "'`"]
    if quoted_otherwise:
        changes.append(f"put the value of {quoted_otherwise[0]} in double quotes")
    if words[-2:] == [",", "}"]:
        changes.append("remove the comma before '}'")
    return changes
