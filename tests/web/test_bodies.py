"""Request bodies, read within their limits."""

from __future__ import annotations

import io

import pytest
from flask import Flask, request

from flask_firebase_login.errors import TooLarge
from flask_firebase_login.web.bodies import DROPPED_BYTES, read_body

KIB = 1024


@pytest.mark.parametrize(
    ("sent_bytes", "read_bytes"),
    [(11 * KIB, 11 * KIB), (500 * KIB, 500 * KIB), (3 * KIB * KIB, DROPPED_BYTES)],
)
def test_a_body_over_its_limit_is_read_on_and_dropped_up_to_a_mebibyte(sent_bytes, read_bytes):
    """So that the client sees the answer and not a reset connection."""
    stream = io.BytesIO(bytes(sent_bytes))
    posted = Flask(__name__).test_request_context(method="POST", input_stream=stream, content_length=sent_bytes)
    with posted, pytest.raises(TooLarge):
        read_body(request, 10 * KIB)
    assert stream.tell() == read_bytes


def test_a_body_at_its_limit_is_read_whole():
    """And no byte of it is lost."""
    with Flask(__name__).test_request_context(method="POST", data=b"x" * 10 * KIB):
        assert read_body(request, 10 * KIB) == b"x" * 10 * KIB
