"""Strategies of what may come from outside: any text, any bytes, any JSON, and good things spoilt."""

from __future__ import annotations

import json

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
WSGI_TEXT = st.binary(max_size=200).map(lambda raw: raw.decode("latin-1"))
"""As WSGI hands a header on (PEP 3333)."""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4), max_leaves=12
)
DEEP = st.builds(lambda depth, opening: opening * depth, st.integers(1, 3000), st.sampled_from(["[", '{"a":', '[{"a":']))


@st.composite
def spoilt(draw, *good):
    """One of several good texts, with a few places cut, doubled, or replaced."""
    text = draw(st.sampled_from(good))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 8)))
        put = draw(
            st.one_of(
                st.just(""), ANY_TEXT.map(lambda some: some[:8]), st.sampled_from([text[start:end] * 2, *'/\\.:@%\r\n\t\0"'])
            )
        )
        text = text[:start] + put + text[end:]
    return text


@st.composite
def changed(draw, good):
    """A good JSON object with some members missing, added, or of another kind, in depth too."""
    copied = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        place = copied
        while (inner := [member for member in place.values() if isinstance(member, dict)]) and draw(st.booleans()):
            place = draw(st.sampled_from(inner))
        name = draw(st.sampled_from(sorted(place)) | ANY_TEXT) if place else draw(ANY_TEXT)
        if draw(st.booleans()):
            place.pop(name, None)
        else:
            place[name] = draw(JSON)
    return copied


def encoded(json_like):
    """JSON as bytes; what Python alone writes (`NaN`, halves of surrogate pairs) included."""
    return json.dumps(json_like).encode()
