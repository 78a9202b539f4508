"""The review page in a real browser: hits arrive, keys decide, nobody decides twice, answers come back."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from patrol.store.tables import Decision, Hit
from tests.browser.conftest import PHONE, Enter
from tests.browser.running import RunningServer, page_of
from tests.browser.scene import Scene
from tests.waiting import eventually

pytestmark = pytest.mark.browser


def case(page: Page, number: int) -> None:
    """Wait until the hit is on screen with its pictures, ready to be decided."""
    expect(page.get_by_role("article")).to_have_attribute("aria-label", re.compile(rf"\b{number}\b"))
    expect(page.get_by_role("button", name="Confirm")).to_be_enabled()


def decisions(scene: Scene) -> list[tuple[str, str | None]]:
    with scene.database.read() as session:
        rows = session.scalars(select(Decision).order_by(Decision.decided_at))
        return [(row.verdict, row.user_name) for row in rows]


def test_an_empty_queue_says_so_and_a_hit_appears_by_itself(enter: Enter, scene: Scene) -> None:
    page = enter("Rita")
    expect(page.get_by_role("heading", name="Nothing waits for review")).to_be_visible()
    scene.hit()
    case(page, 1)
    expect(page).to_have_title("(1) patrol")
    expect(page.get_by_role("img", name="Enrolled photo of Pat Example")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Face seen by the camera"))).to_be_visible()
    for said in ("0.612", "0.450", "0.231", "Exercise spring · Exercise"):
        expect(page.get_by_text(said).first).to_be_visible()


def test_a_score_says_what_it_is_and_a_hit_of_before_scores_shows_its_likeness(enter: Enter, scene: Scene) -> None:
    scene.hit()
    figure = enter("Rita").locator(".score")
    expect(figure).to_contain_text("Score0.612")
    expect(figure).to_have_attribute("title", re.compile("less what strangers reach"))
    with scene.database.write() as session:
        session.execute(update(Hit).values(score=None))
    figure = enter("Rita").locator(".score")
    expect(figure).to_contain_text("Similarity0.61")
    expect(figure).to_have_attribute("title", re.compile("from -1 to 1"))


def test_the_two_faces_stand_side_by_side_at_equal_size(enter: Enter, scene: Scene) -> None:
    scene.hit()
    for viewport in ({}, {"viewport": PHONE}):
        page = enter("Rita", **viewport)
        case(page, 1)
        left, right = (box.bounding_box() for box in page.locator(".face").all())
        assert left is not None
        assert right is not None
        assert (left["width"], left["height"], left["y"]) == (right["width"], right["height"], right["y"])


def test_keys_decide_and_the_next_hit_comes(enter: Enter, scene: Scene) -> None:
    for _ in range(3):
        scene.hit()
    page = enter("Rita")
    for number, key in ((3, "c"), (2, "x"), (1, "u")):
        case(page, number)
        page.keyboard.press(key)
    expect(page.get_by_text("Nothing waits for review").first).to_be_visible()
    eventually(lambda: decisions(scene) == [("confirmed", "Rita"), ("rejected", "Rita"), ("unsure", "Rita")])


def test_how_many_wait_is_never_cut_off(enter: Enter, scene: Scene) -> None:
    for _ in range(12):
        scene.hit()
    page = enter("Rita")
    count = page.get_by_text("Waiting · 12")
    expect(count).to_be_visible()
    assert count.evaluate("label => label.scrollWidth <= label.clientWidth")


def test_a_key_pressed_twice_decides_one_hit(enter: Enter, scene: Scene) -> None:
    scene.hit()
    scene.hit()
    page = enter("Rita")
    case(page, 2)
    page.evaluate(
        "() => [0, 150].forEach((ms) => setTimeout(() =>"
        " window.dispatchEvent(new KeyboardEvent('keydown', { key: 'c' })), ms))"
    )
    case(page, 1)
    eventually(lambda: decisions(scene) == [("confirmed", "Rita")])


def test_keys_decide_nothing_while_somebody_types(enter: Enter, scene: Scene) -> None:
    scene.hit()
    page = enter("Rita")
    case(page, 1)
    page.keyboard.press("x")
    page.keyboard.press("z")
    page.get_by_label("Note").fill("cx")
    page.get_by_label("Note").press("u")
    expect(page.get_by_label("Note")).to_have_value("cxu")
    eventually(lambda: decisions(scene) == [("rejected", "Rita")])


def test_who_comes_second_is_told_who_was_first(enter: Enter, scene: Scene, server: RunningServer) -> None:
    scene.hit()
    rita, ruben = enter("Rita"), enter("Ruben")
    case(rita, 1)
    case(ruben, 1)
    ruben.context.set_offline(True)
    ruben.keyboard.press("c")
    rita.keyboard.press("x")
    eventually(lambda: decisions(scene))
    ruben.context.set_offline(False)
    notice = ruben.get_by_role("alert").filter(has_text="Rita was first")
    expect(notice).to_contain_text(re.compile(r"#0001 was marked .Rejected. at \d\d:\d\d:\d\d"))
    assert decisions(scene) == [("rejected", "Rita")]


def test_a_hit_that_somebody_else_decides_stays_on_screen_and_says_so(enter: Enter, scene: Scene) -> None:
    scene.hit()
    rita, ruben = enter("Rita"), enter("Ruben")
    case(ruben, 1)
    case(rita, 1)
    rita.keyboard.press("x")
    expect(ruben.get_by_text(re.compile("Rejected by Rita"))).to_be_visible()
    expect(ruben.get_by_role("button", name="Confirm")).to_have_count(0)


def test_a_decision_is_changed_with_a_reason(enter: Enter, scene: Scene) -> None:
    scene.hit()
    page = enter("Rita")
    case(page, 1)
    page.keyboard.press("x")
    expect(page.get_by_role("button", name=re.compile("^Change"))).to_be_visible()
    page.keyboard.press("z")
    page.get_by_text("Confirmed", exact=True).click()
    page.get_by_label("Why").click()
    page.get_by_text("A second look says otherwise").click()
    page.get_by_role("button", name="Change the decision").click()
    eventually(lambda: decisions(scene) == [("rejected", "Rita"), ("confirmed", "Rita")])


def test_a_decision_survives_a_server_that_is_away(enter: Enter, scene: Scene, server: RunningServer) -> None:
    scene.hit()
    page = enter("Rita")
    case(page, 1)
    server.stop()
    expect(page.get_by_text(re.compile("No connection since"))).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_text(re.compile("Not sent yet, next try in"))).to_be_visible()
    assert decisions(scene) == []
    server.start()
    eventually(lambda: decisions(scene) == [("confirmed", "Rita")], within_s=20)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_hits_that_came_while_the_feed_was_cut_are_there_afterwards(
    enter: Enter, scene: Scene, server: RunningServer
) -> None:
    page = enter("Rita")
    server.stop()
    expect(page.get_by_text(re.compile("No connection since"))).to_be_visible()
    scene.hit()
    server.start()
    case(page, 1)


@pytest.mark.usefixtures("sender")
def test_a_guards_answer_appears_at_the_hit(enter: Enter, scene: Scene, server: RunningServer) -> None:
    scene.hit()
    rita = enter("Rita")
    case(rita, 1)
    rita.keyboard.press("c")
    rita.get_by_role("link", name="#0001").first.click()
    told = rita.get_by_role("region", name="Guards")
    expect(told).to_contain_text("Gate B")
    expect(told).to_contain_text("Sent")
    phone = rita.context.browser.new_context(viewport=PHONE)  # type: ignore[union-attr]
    gus = phone.new_page()
    gus.goto(page_of(scene, server, "gate-b"))
    expect(gus.get_by_text("Live", exact=True)).to_be_visible()
    gus.get_by_role("button", name="On my way").first.click()
    expect(told).to_contain_text("On my way")
    gus.get_by_role("button", name="More answers").first.click()
    gus.get_by_role("button", name="Not him").click()
    gus.get_by_role("button", name="Sure?").click()
    expect(rita.get_by_role("article")).to_contain_text("not the person. Please decide again.")
    expect(rita.get_by_role("button", name="Confirm")).to_be_enabled()
    phone.close()


def test_a_viewer_looks_and_cannot_decide(enter: Enter, scene: Scene) -> None:
    scene.hit()
    page = enter("Max")
    expect(page.get_by_text("You may look, not decide.")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    assert decisions(scene) == []


def test_a_picture_that_is_gone_says_so(enter: Enter, scene: Scene) -> None:
    hit = scene.hit()
    assert hit.face_key is not None
    scene.blobs.delete(hit.face_key)
    page = enter("Rita")
    expect(page.get_by_role("article").get_by_text("Picture deleted")).to_be_visible()


def test_the_page_speaks_chinese_and_remembers(enter: Enter, scene: Scene) -> None:
    scene.hit(grade="uncertain")
    page = enter("Rita")
    page.get_by_role("button", name="中文").click()
    for said in ("待复核 · 1", "现场抓拍", "登记照片", "存疑", "演练", "得分"):
        expect(page.get_by_text(said).first).to_be_visible()
    expect(page.get_by_role("button", name="确认")).to_be_enabled()
    page.reload()
    expect(page.get_by_text("待复核 · 1")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_on_a_small_screen_nothing_covers_the_buttons(enter: Enter, scene: Scene) -> None:
    scene.hit()
    page = enter("Rita", viewport={"width": 1024, "height": 768})
    case(page, 1)
    page.get_by_role("button", name="Reject").click()
    eventually(lambda: decisions(scene) == [("rejected", "Rita")])


def test_on_a_phone_the_buttons_stand_at_the_bottom_and_nothing_overflows(enter: Enter, scene: Scene) -> None:
    scene.hit()
    scene.hit()
    page = enter("Rita", viewport=PHONE, has_touch=True)
    case(page, 2)
    for name in ("Reject", "Unsure", "Confirm"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["height"] >= 48  # a thumb's width
        assert box["y"] + box["height"] <= PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Confirm").tap()
    case(page, 1)
    eventually(lambda: decisions(scene) == [("confirmed", "Rita")])
