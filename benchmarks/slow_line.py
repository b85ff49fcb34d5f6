"""Measures the sign-in page on a slow line, as gunicorn alone serves it.

    python benchmarks/slow_line.py [RUNS]

A phone in Debian's Chromium, with nothing kept from before, on a line of 400 ms and 400 kbit/s: the example of the README, configured for production, so that
its "Continue with Google" opens a popup. Google itself is a double here, whose every answer takes as long as the line would. Prints the median of
each figure; beside it, the same page without compression and without preloading, in the same run.

The times are the browser's own, from the beginning of the navigation. "press answered" is the first of many presses, one every 10 ms, that the button shows.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from flask_firebase_login.testing import LocalIssuer
from site_process import SiteProcess

LATENCY_MS, BYTES_PER_SECOND = 400, 50_000
RUNS = 5
AUTH_DOMAIN = "shop.firebaseapp.com"
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
CHROMIUM += ["--disable-component-update", "--disable-sync"]
FIGURES = ("KB as served", "requests", "first paint, s", "press answered, s", "SDK there, s", "at the provider, s")

PRESSING = """
const pressing = setInterval(() => {
  const button = document.querySelector("[data-provider='google.com']");
  if (!button || !performance.getEntriesByName("first-contentful-paint").length) return;
  window.firstPressAt ??= performance.now();
  if (button.getAttribute("aria-busy") !== "true") button.click();
  if (button.getAttribute("aria-busy") === "true") { window.answeredAt = performance.now(); clearInterval(pressing); }
}, 10);
"""
DOUBLE_OF_GOOGLES_SCRIPT = """
window.gapi = {
  load: (name, { callback }) => callback(),
  iframes: {
    Iframe: {}, CROSS_ORIGIN_IFRAMES_FILTER: {},
    getContext: () => ({ open: (options, ready) => ready({
      restyle: async () => {}, ping: (done) => { done(); return Promise.resolve(); }, register: () => {}, send: () => {},
    }) }),
  },
};
window[new URL(document.currentScript.src).searchParams.get("onload")]();
"""


def main(runs: int = RUNS) -> None:
    """Print the medians."""
    with make_site() as site, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        measured: dict[str, list[list[float]]] = {"as it is": [], "plain": []}
        for _ in range(runs):
            for way, rows in measured.items():
                rows.append(measure(browser, site.url, is_plain=way == "plain"))
        browser.close()
    print(f"{'':20}" + "".join(f"{way:>12}" for way in measured))
    for number, figure in enumerate(FIGURES):
        medians = [statistics.median(row[number] for row in rows) for rows in measured.values()]
        print(f"{figure:20}" + "".join(f"{median:12.2f}" for median in medians))


@contextmanager
def make_site() -> Iterator[SiteProcess]:
    """The quickstart under gunicorn, for production."""
    issuer = LocalIssuer("demo-shop")
    with issuer, tempfile.TemporaryDirectory() as folder:
        config = {"projectId": "demo-shop", "apiKey": "web-key", "authDomain": AUTH_DOMAIN}
        environment = {f"FLASK_{key}": json.dumps(value) for key, value in issuer.config.items()} | {
            "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/site.db",
            "FLASK_FIREBASE_LOGIN_CONFIG": json.dumps(config),
            "FLASK_FIREBASE_LOGIN_COOKIE_SECURE": "false",
        }
        site = SiteProcess("app:app", ROOT / "examples" / "quickstart", environment, log=Path(folder) / "site.log")
        site.run_flask("create-tables")
        with site:
            yield site


def measure(browser: Browser, url: str, *, is_plain: bool) -> list[float]:
    """Open the page once, and return its figures.

    Args:
        browser: Chromium.
        url: Of the site.
        is_plain: Whether it is served without compression and without what is preloaded.
    """
    context = browser.new_context(viewport={"width": 360, "height": 640}, user_agent="Mozilla/5.0 (Linux; Android 14)")
    context.add_init_script(PRESSING)
    handled: list[float] = []
    take_over_google(context, lambda: handled.append(time.time()))
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    line = {"latency": LATENCY_MS, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    network.send("Network.emulateNetworkConditions", {"offline": False, **line})
    if is_plain:
        network.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "identity"}})
    sizes: dict[str, float] = {}
    ours: set[str] = set()
    network.on("Network.requestWillBeSent", lambda event: note_request(event, url, ours))
    network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    if is_plain:
        page.route("**/auth/sign-in*", drop_preloads)
    page.goto(f"{url}/auth/sign-in", wait_until="commit", timeout=60_000)
    while not handled:
        page.wait_for_timeout(50)
    began_at, *times = read_times(page)
    served = [size for request, size in sizes.items() if request in ours]
    context.close()
    return [sum(served) / 1000, len(ours), *(at / 1000 for at in times), handled[0] - began_at / 1000]


def note_request(event: dict[str, Any], url: str, ours: set[str]) -> None:
    """Remember a request for what is ours; the favicon is the site's."""
    if event["request"]["url"].startswith(f"{url}/auth/"):
        ours.add(event["requestId"])


def drop_preloads(route: Route) -> None:
    """Serve the page as it would be without them."""
    response = route.fetch()
    lines = [line for line in response.text().splitlines() if "modulepreload" not in line]
    route.fulfill(response=response, body="\n".join(lines))


def read_times(page: Page) -> list[float]:
    """Return when the navigation began, and after how many milliseconds it was painted, a press was answered, and the SDK was there."""
    times: list[float] = page.evaluate(
        "() => [performance.timeOrigin, performance.getEntriesByName('first-contentful-paint')[0].startTime, window.answeredAt,"
        " performance.getEntriesByType('resource').filter((one) => one.name.includes('/build/firebase-')).at(-1).responseEnd]"
    )
    return times


def take_over_google(context: BrowserContext, on_handler: Callable[[], None]) -> None:
    """Answer in Google's place, after the time that the line takes."""

    def answer(route: Route) -> None:
        url = route.request.url
        if "/__/auth/handler" in url:
            on_handler()
        time.sleep(LATENCY_MS / 1000)
        if "apis.google.com" in url:
            route.fulfill(body=DOUBLE_OF_GOOGLES_SCRIPT, content_type="text/javascript")
        elif "identitytoolkit" in url:
            route.fulfill(json={"authorizedDomains": ["127.0.0.1"]}, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.fulfill(body="<!doctype html><title>A double</title>", content_type="text/html")

    for host in ("apis.google.com", AUTH_DOMAIN, "identitytoolkit.googleapis.com"):
        context.route(f"https://{host}/**", answer)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
