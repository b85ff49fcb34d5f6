"""What the sign-in page costs on a slow line, as gunicorn alone serves it. `benchmarks/slow_line.py` prints the times; they are not asserted."""

from __future__ import annotations

import slow_line

MAX_KB, MAX_REQUESTS = 45, 5


def test_the_sign_in_page_is_small_as_served(browser):
    """Headers included, with the SDK, and a press on the button leads to the provider."""
    with slow_line.make_site() as site:
        kilobytes, requests, painted, answered, sdk, provider = slow_line.measure(browser, site.url, is_plain=False)
    assert kilobytes <= MAX_KB
    assert requests <= MAX_REQUESTS
    assert painted < answered < sdk < provider
