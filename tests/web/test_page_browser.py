"""A group's page in Chromium at a phone's width: live, by finger and by key, and through a lost network."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright
from sqlalchemy import select

from patrol.store.tables import GroupReply, Hit
from patrol.web.templates import ASSETS_DIR
from tests.hits.sightings import STREAM
from tests.waiting import eventually
from tests.web.house import HALL, PUBLIC_URL, House
from tests.web.serving import Served, served

CHROMIUM = "/usr/bin/chromium"
WITHIN_MS = 10_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]  # a microphone that hums

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server(house: House) -> Iterator[Served]:
    with served(house.app) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    with opened_phone(chromium) as page:
        yield page


@pytest.fixture
def other_phone(chromium: Browser) -> Iterator[Page]:
    with opened_phone(chromium) as page:
        yield page


@contextmanager
def opened_phone(chromium: Browser) -> Iterator[Page]:
    """A phone of the usual width that complains about any error of the page's."""
    context = chromium.new_context(viewport={"width": 390, "height": 740}, has_touch=True, is_mobile=True)
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


def test_a_message_makes_itself_heard_once_the_page_was_touched(house: House, server: Served, phone: Page) -> None:
    phone.add_init_script(
        "window.beeps = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (at) { window.beeps += 1; start.call(this, at); };"
    )
    phone.goto(f"{server.url}/g/{house.group()}")
    arrives(house, phone)
    assert phone.evaluate("window.beeps") == 0
    phone.locator("h1").tap()
    arrives(house, phone)
    eventually(lambda: phone.evaluate("window.beeps") == 2)


def test_an_answer_is_given_by_finger_and_shown_with_its_name(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    phone.get_by_label("Your name").fill("Gus")
    hit, article = arrives(house, phone)
    article.get_by_role("button", name="On my way").tap()
    expect(article.locator(".own")).to_contain_text("sent", timeout=WITHIN_MS)
    expect(article.locator("li")).to_contain_text("Gus: On my way", timeout=WITHIN_MS)
    expect(article.get_by_role("button", name="On my way")).to_have_attribute("aria-pressed", "true")
    assert replies(house, hit) == [("on_my_way", "Gus")]


def sheet_of(article: Locator, page: Page) -> Locator:
    """The sheet with the answers beyond the first two."""
    article.get_by_role("button", name="More answers").tap()
    return page.get_by_role("dialog")


@pytest.mark.parametrize(("kind", "name"), [("not_him", "Not him"), ("need_help", "Need help")])
def test_what_moves_many_people_asks_once_and_works_by_key(
    house: House, server: Served, phone: Page, kind: str, name: str
) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    sheet_of(article, phone).get_by_role("button", name=name).focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(f"button[value={kind}]")).to_have_text("Sure? Tap again")
    assert replies(house, hit) == []
    phone.keyboard.press("Enter")
    eventually(lambda: replies(house, hit) == [(kind, "")])
    expect(phone.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("kind", "name"), [("cannot_go", "Can't go"), ("stopped", "Stopped him"), ("gone", "Gone")])
def test_the_other_answers_are_two_taps_away(house: House, server: Served, phone: Page, kind: str, name: str) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    sheet_of(article, phone).get_by_role("button", name=name).tap()
    eventually(lambda: replies(house, hit) == [(kind, "")])


def test_a_remark_goes_to_the_control_room(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    sheet = sheet_of(article, phone)
    sheet.get_by_role("button", name="Send", exact=True).tap()
    assert phone.evaluate("document.activeElement.id") == "remark"  # nothing written yet
    sheet.get_by_label("Write to the control room").fill("two of them, <b>one</b> with a bag")
    sheet.get_by_role("button", name="Send", exact=True).tap()
    expect(article.locator("li")).to_contain_text("two of them, <b>one</b> with a bag", timeout=WITHIN_MS)
    assert replies(house, hit) == [("other", "")]


def test_sighted_here_takes_a_place_and_a_photo_without_what_the_camera_wrote(
    house: House, server: Served, phone: Page, tmp_path: Path
) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    sheet = sheet_of(article, phone)
    sheet.get_by_role("button", name="Sighted here").tap()
    sheet.get_by_label("Where is he?").select_option(label=STREAM.place)
    sheet.locator("#photo").set_input_files(photo_with_exif(tmp_path))
    expect(sheet.locator("#attached")).to_contain_text("Attached: Photo")
    sheet.get_by_role("button", name="Send: sighted here").tap()
    expect(article.locator("li")).to_contain_text(STREAM.place, timeout=WITHIN_MS)
    image = article.locator("li img")
    eventually(lambda: image.evaluate("img => img.complete && img.naturalWidth"))
    assert image.evaluate("img => img.naturalWidth") == 1280
    with house.database.read() as session:
        (said,) = session.scalars(select(GroupReply).where(GroupReply.hit_id == hit.id))
    assert (said.place["site"], said.place["words"]) == (STREAM.site.id, STREAM.place)
    assert b"PhoneMaker" not in house.blobs.get(said.media[0]["key"])


def photo_with_exif(folder: Path) -> Path:
    """A photo as a phone takes it: large, and saying who took it."""
    exif = Image.Exif()
    exif[271] = "PhoneMaker"
    path = folder / "photo.jpg"
    Image.effect_noise((2560, 1920), 40).convert("RGB").save(path, exif=exif)
    assert b"PhoneMaker" in path.read_bytes()
    return path


def test_sighted_here_takes_the_phones_own_place(house: House, server: Served, phone: Page) -> None:
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 31.2299, "longitude": 121.4731, "accuracy": 12})
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    sheet = sheet_of(article, phone)
    sheet.get_by_role("button", name="Sighted here").tap()
    sheet.get_by_role("button", name="Where I am").tap()
    expect(sheet.locator("#attached")).to_contain_text("to about 12 m")
    sheet.get_by_label("Or in your words").fill("by the fountain")
    sheet.get_by_role("button", name="Send: sighted here").tap()
    eventually(lambda: replies(house, hit))
    with house.database.read() as session:
        (said,) = session.scalars(select(GroupReply).where(GroupReply.hit_id == hit.id))
    assert (said.place["latitude"], said.place["longitude"]) == (31.2299, 121.4731)
    assert said.place["words"] == "by the fountain"


def test_sighted_here_takes_a_voice_note_that_can_be_played(house: House, server: Served, phone: Page) -> None:
    phone.context.grant_permissions(["microphone"])
    phone.goto(f"{server.url}/g/{house.group()}")
    _, article = arrives(house, phone)
    sheet = sheet_of(article, phone)
    sheet.get_by_role("button", name="Sighted here").tap()
    sheet.get_by_role("button", name="Voice note").tap()
    phone.wait_for_timeout(500)  # of sound
    sheet.get_by_role("button", name="Stop recording").tap()
    expect(sheet.locator("#attached")).to_contain_text("Attached: Voice note")
    sheet.get_by_role("button", name="Send: sighted here").tap()
    article.get_by_role("button", name="Play the voice note").tap()
    audio = article.locator("audio")
    eventually(lambda: audio.evaluate("audio => audio.readyState >= 1 && !audio.error"))


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


def test_answers_without_network_all_arrive_once_and_in_order(house: House, server: Served, phone: Page) -> None:
    """The network is really away: no request leaves, whatever the page believes."""
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    phone.context.set_offline(True)
    for name in ("Seen", "On my way"):
        article.get_by_role("button", name=name).tap()
    expect(article.locator(".own p")).to_have_count(2)
    expect(article.locator(".own")).to_contain_text("Your answer: On my way (waiting for the network)")
    assert replies(house, hit) == []
    phone.context.set_offline(False)
    expect(article.locator(".own")).to_contain_text("Your answer: On my way (sent)", timeout=WITHIN_MS)
    assert [kind for kind, _ in replies(house, hit)] == ["seen", "on_my_way"]


def test_an_answer_that_was_taken_and_never_acknowledged_counts_once(
    house: House, server: Served, phone: Page
) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    hit, article = arrives(house, phone)
    n_sent = []

    def swallow(route: Route) -> None:
        n_sent.append(route.fetch().status)
        route.abort()

    phone.route("**/replies", swallow, times=1)
    article.get_by_role("button", name="Seen").tap()
    expect(article.locator(".own")).to_contain_text("sent", timeout=WITHIN_MS)
    assert n_sent == [201]
    assert replies(house, hit) == [("seen", "")]


def test_an_answer_that_is_too_late_is_told_so(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    _, article = arrives(house, phone)
    house.clock.forward(hours=3)  # past the deadline of the case
    article.get_by_role("button", name="Seen").tap()
    expect(article.locator(".own")).to_contain_text("too late", timeout=WITHIN_MS)


def test_a_withdrawn_picture_is_gone_within_two_seconds_while_one_looks(
    house: House, server: Served, phone: Page
) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    expect(phone.locator("#state")).to_have_class("live", timeout=WITHIN_MS)
    hit, article = arrives(house, phone)
    image = article.locator("img")
    expect(image).to_have_count(1)
    address = str(image.get_attribute("src"))
    sheet_of(article, phone)
    house.say("rita", hit, "rejected", "mistake")
    expect(image).to_have_count(0, timeout=2_000)  # from the decision on; no sender has read it yet
    expect(article).to_contain_text("Withdrawn")
    expect(article.locator("button")).to_have_count(0)
    expect(phone.get_by_role("dialog")).to_have_count(0)
    gone = phone.request.get(server.url + address)
    assert (gone.status, gone.headers["cache-control"]) == (410, "no-store")


def test_the_updates_of_a_case_stand_in_order_under_its_first_message(
    house: House, server: Served, phone: Page
) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    first, article = arrives(house, phone)
    arrives(house, phone)
    arrives(house, phone)
    expect(article.locator("section")).to_have_count(2, timeout=WITHIN_MS)
    expect(phone.locator("article")).to_have_count(1)
    label = f"#{first.number:04d}"
    expect(article.locator("h2")).to_contain_text(label)
    assert [text.split("\n")[0] for text in article.locator("h3").all_inner_texts()] == [
        f"{label}, update 1",
        f"{label}, update 2",
    ]
    expect(article.get_by_role("button", name="Seen")).to_have_count(1)


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


def test_a_captain_binds_a_phone_by_its_code_and_ends_it_by_two_taps(
    house: House, server: Served, phone: Page, other_phone: Page
) -> None:
    link, _ = house.group(), house.member("Gus")
    house.member("Cleo", "captain")
    phone.goto(f"{server.url}/g/{link}")
    phone.get_by_text("Phones", exact=True).tap()
    expect(phone.locator("#phones .count")).to_have_text("0 of 2 phones have reached us")
    code = scanned(phone, "Gus", server)
    other_phone.goto(code)
    other_phone.get_by_role("button", name="Bind this phone").tap()
    expect(other_phone.locator("#welcome")).to_contain_text("This phone is Gus's now", timeout=WITHIN_MS)
    other_phone.wait_for_url(lambda url: "?" not in url)  # what is bookmarked greets nobody again
    expect(phone.locator("#phones .count")).to_have_text("1 of 2 phones have reached us", timeout=WITHIN_MS)
    expect(phone.locator("figure")).to_have_count(0)  # the code has done its work
    expect(phone.get_by_text("answer from your own phone")).to_be_visible()  # the link only looks now
    other_phone.goto(code)
    expect(other_phone.get_by_role("heading", name="This code is not valid any more")).to_be_visible()
    other_phone.go_back()
    for _ in range(2):
        phone.locator("[data-end]").tap()
    expect(other_phone.get_by_text("This phone was removed")).to_be_visible(timeout=2_000)
    expect(other_phone.locator("article")).to_have_count(0)


def scanned(phone: Page, name: str, server: Served) -> str:
    """What a camera reads from the code that is shown for a member."""
    with phone.expect_response("**/invites") as made:
        phone.get_by_role("button", name=f"QR code {name}").tap()
    image = phone.locator("figure img")
    eventually(lambda: image.evaluate("img => img.complete && img.naturalWidth > 0"))
    url = str(made.value.json()["url"])
    shot = cv2.imdecode(np.frombuffer(phone.screenshot(full_page=True), np.uint8), cv2.IMREAD_COLOR)
    assert cv2.QRCodeDetector().detectAndDecode(shot)[0] == url
    return url.replace(PUBLIC_URL, server.url)


def test_a_captain_forwards_a_message_on_the_page(house: House, server: Served, phone: Page) -> None:
    house.group()
    house.group("gate-guards", HALL, parent_id="mall-guards")
    phone.goto(f"{server.url}/g/{house.phone(house.member('Cleo', 'captain'))}")
    _, article = arrives(house, phone)
    article.get_by_text("Forward to").tap()
    article.get_by_label("Gate-Guards").check()
    article.get_by_role("button", name="Forward", exact=True).tap()
    expect(article).to_contain_text("Forwarded to: Gate-Guards", timeout=WITHIN_MS)


def test_the_duty_desk_is_one_tap_away(house: House, server: Served, phone: Page) -> None:
    phone.goto(f"{server.url}/g/{house.group()}")
    _, article = arrives(house, phone)
    expect(article.get_by_role("link", name="Call the duty desk +86 21 5550 1234")).to_have_attribute(
        "href", "tel:+862155501234"
    )


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
