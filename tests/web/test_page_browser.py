"""A group's page in Chromium at a phone's width: live, by finger and by key, and through a lost network."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from patrol.store.tables import Hit
from patrol.web.templates import ASSETS_DIR
from tests.waiting import eventually
from tests.web.house import House
from tests.web.serving import Served, served

CHROMIUM = "/usr/bin/chromium"
WITHIN_MS = 10_000

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def server(house: House) -> Iterator[Served]:
    with served(house.app) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None
    )
    yield page
    context.close()
    assert complaints == []


def arrives(house: House, page: Page) -> tuple[Hit, Locator]:
    """Confirm and send a hit; return it and its message on the page."""
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    article = page.locator("article").first
    expect(article).to_be_visible(timeout=WITHIN_MS)
    return hit, article


def replies(house: House, hit: Hit) -> list[tuple[str, str]]:
    shown = house.client("rita").get(f"/api/v1/hits/{hit.id}").json()["replies"]
    return [(reply["kind"], reply["member"]) for reply in shown]


def test_a_message_arrives_by_itself_and_fits_the_phone(house: House, server: Served, phone: Page) -> None:
    phone.clock.set_fixed_time(house.clock.now + timedelta(minutes=3))
    phone.goto(f"{server.url}/g/{house.group()}")
    expect(phone.locator("#state")).to_have_class("live", timeout=WITHIN_MS)
    _, article = arrives(house, phone)
    image = article.locator("img")
    eventually(lambda: image.evaluate("img => img.complete && img.naturalWidth > 0"))
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for button in article.locator("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44  # what a thumb hits
    assert article.locator("h2 time").inner_text() == "2 minutes ago"


def test_an_answer_is_given_by_finger_and_shown_with_its_name(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    phone.get_by_label("Your name").fill("Gus")
    hit, article = arrives(house, phone)
    article.get_by_role("button", name="On my way").tap()
    expect(article.locator(".own")).to_contain_text("sent", timeout=WITHIN_MS)
    expect(article.locator("li")).to_contain_text("Gus: On my way", timeout=WITHIN_MS)
    expect(article.get_by_role("button", name="On my way")).to_have_attribute("aria-pressed", "true")
    assert replies(house, hit) == [("on_my_way", "Gus")]


def test_not_this_person_asks_once_and_works_by_key(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    article.get_by_role("button", name="Not this person").focus()
    phone.keyboard.press("Enter")
    expect(article.locator("button[value=not_him]")).to_have_text("Sure? Tap again")
    assert replies(house, hit) == []
    phone.keyboard.press("Enter")
    eventually(lambda: replies(house, hit) == [("not_him", "")])


def test_an_answer_without_network_is_kept_over_a_reload_and_counts_once(
    house: House, server: Served, phone: Page
) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    phone.route("**/replies", lambda route: route.abort())
    article.get_by_role("button", name="Seen").tap()
    expect(article.locator(".own")).to_contain_text("waiting for the network")
    phone.reload()
    expect(phone.locator(".own").first).to_contain_text("waiting for the network")
    assert replies(house, hit) == []
    phone.unroute("**/replies")
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.locator(".own").first).to_contain_text("sent", timeout=WITHIN_MS)
    assert replies(house, hit) == [("seen", "")]


def test_a_withdrawn_message_loses_its_picture_while_one_looks(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    expect(article.locator("img")).to_have_count(1)
    house.say("rita", hit, "rejected", "mistake")
    expect(article.locator("img")).to_have_count(0, timeout=WITHIN_MS)
    expect(article).to_contain_text("Withdrawn")
    expect(article.locator("button")).to_have_count(0)


def test_without_a_live_connection_the_page_asks_every_few_seconds(house: House, server: Served, phone: Page) -> None:
    phone.route("**/events", lambda route: route.abort())
    phone.goto(f"{server.url}/g/{house.group()}")
    expect(phone.locator("#state")).to_have_class("slow", timeout=WITHIN_MS)
    arrives(house, phone)


def test_a_revoked_link_says_so_while_one_looks(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    expect(phone.locator("#state")).to_have_class("live", timeout=WITHIN_MS)
    house.client("ada").delete("/api/v1/groups/mall-guards/link")
    expect(phone.get_by_text("This link is not valid")).to_be_visible(timeout=WITHIN_MS)


def test_the_page_changes_its_language(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    _, article = arrives(house, phone)
    phone.get_by_role("link", name="中文").click()
    expect(article.get_by_role("button", name="正在赶去")).to_be_visible(timeout=WITHIN_MS)
    article.get_by_role("button", name="正在赶去").tap()
    expect(article.locator(".own")).to_contain_text("已发送", timeout=WITHIN_MS)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["ink", "soft", "blue", "red", "green"])
@pytest.mark.parametrize("ground", ["ground", "card"])
def test_every_colour_can_be_read(theme: int, colour: str, ground: str) -> None:
    """WCAG 2.2 asks for 4.5 to 1 for text."""
    css = (ASSETS_DIR / "page.css").read_text(encoding="utf-8")
    themes = [dict(re.findall(r"--(\w+): #([0-9a-f]{3,6})", block)) for block in css.split("@media")[:2]]
    first, second = (_luminance(themes[theme][name]) for name in (colour, ground))
    assert (max(first, second) + 0.05) / (min(first, second) + 0.05) >= 4.5


def _luminance(hex_colour: str) -> float:
    full = hex_colour if len(hex_colour) == 6 else "".join(2 * digit for digit in hex_colour)
    channels = [int(full[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
