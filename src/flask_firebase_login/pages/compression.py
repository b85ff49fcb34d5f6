"""A page of ours, compressed where that gives nothing away."""

from __future__ import annotations

import gzip

from flask import Response, request


def compress(page: Response) -> Response:
    """Compress a page that holds no secret, where the browser takes that.

    A page with a secret in it stays as it is: its compressed length would tell how much the secret resembles what the address says, which is there too.
    Where the site compresses by itself (Flask-Compress, a proxy), it finds this done.

    Source: RFC 9110, section 12.5.3; breachattack.com for what an address gives away.
    """
    page.vary.add("Accept-Encoding")
    if request.accept_encodings.best_match(["gzip", "identity"]) == "gzip":
        page.set_data(gzip.compress(page.get_data(), mtime=0))
        page.headers["Content-Encoding"] = "gzip"
    return page
