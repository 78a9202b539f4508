"""Chromium from Debian against a real patrol server with a small scene in it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.accounts.people import cheap_hashes
from tests.browser.running import RunningServer, send, serve_scene
from tests.browser.scene import PASSWORD, Scene

__all__ = ["cheap_hashes"]

CHROMIUM = "/usr/bin/chromium"
CONSOLE = Path(__file__).parents[2] / "patrol" / "web" / "static" / "index.html"
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
#: The widths the pages are made for: a desk and a phone.
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
Enter = Callable[..., Page]
expect.set_options(timeout=15_000)


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="package")  # its event loop must be gone before other tests start theirs
def chromium() -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    if not CONSOLE.is_file():
        pytest.skip("the console is not built: make console")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    made = Scene(database, Blobs(tmp_path / "pictures"), clock())
    made.open()
    return made


@pytest.fixture
def server(scene: Scene) -> Iterator[RunningServer]:
    running = serve_scene(scene, clock)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def sender(scene: Scene) -> Iterator[None]:
    stop = Event()
    thread = send(scene, clock, stop)
    yield
    stop.set()
    thread.join(timeout=10)


@pytest.fixture
def contexts(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browsers of different people: each its own cookies."""
    opened: list[BrowserContext] = []

    def open_context(**more: object) -> BrowserContext:
        opened.append(chromium.new_context(**{"viewport": DESK, "locale": "en-GB", **more}))  # type: ignore[arg-type]
        return opened[-1]

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def enter(contexts: Callable[..., BrowserContext], server: RunningServer) -> Enter:
    """Log somebody in, in a browser of their own, and return the page once it is live."""

    def log_in(name: str, **more: object) -> Page:
        page = contexts(**more).new_page()
        page.goto(server.url)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        return page

    return log_in
