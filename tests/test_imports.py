"""What a site's worker loads with the package, before anybody has signed in."""

from __future__ import annotations

import subprocess
import sys

LATER = [
    "httpx",
    "joserfc.jws",
    "joserfc.jwk",
    "authlib",
    "google.auth",
    "flask_firebase_login.pages.proxy",
    "flask_firebase_login.cli",
]


def test_what_a_request_may_never_need_is_imported_where_it_is_needed():
    """Each command and each worker would wait for it."""
    program = f"import sys, flask_firebase_login; print(*[name for name in {LATER!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
