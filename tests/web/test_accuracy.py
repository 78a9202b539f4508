"""The thresholds over HTTP: what is accepted, what is believed of it, on what it rests, and what would help."""

from datetime import timedelta
from typing import Any

import pytest

from patrol.store.tables import Calibration, GalleryChange, Person, Portrait, StreamDay, Worker
from tests.web.house import House

PATH = "/api/v1/accuracy"
BUDGET = {"false_alerts_per_day": 2.0, "passages_per_day": 20_000.0}
BELIEF = {
    "fpir": 1e-4,
    "false_alerts_per_day": {"value": 0.4, "low": 0.2, "high": 0.9},
    "found": {"value": 0.91, "low": 0.88, "high": 0.94},
    "passages_per_day": 20_000.0,
    "n_measured": 57,
    "n_volunteers": 3,
    "n_prior": 2000,
    "basis": "mixed",
    "alternatives": [
        {
            "false_alerts_per_day": 2.0,
            "fpir": 1e-4,
            "threshold": 0.15,
            "found": {"value": 0.91, "low": 0.88, "high": 0.94},
            "is_chosen": True,
        }
    ],
}


def calibrate(house: House, rev: int = 1, uncertain: float = 0.15, **belief: object) -> None:
    """What a worker writes down of the newest state of the list."""
    with house.database.write() as session:
        session.add(GalleryChange(at=house.clock(), operation="enrolled", person_id=None, watchlist_id=None))
        session.flush()
        row = Calibration(embedder="drawn-1", rev=rev, budget_id=None, made_at=house.clock(), n_people=1)
        row.sure, row.uncertain, row.weak, row.belief = 0.2, uncertain, 0.3, BELIEF | belief
        session.add(row)


def work(house: House, name: str, rev: int, age_s: float = 1) -> None:
    at = house.clock() - timedelta(seconds=age_s)
    with house.database.write() as session:
        session.add(Worker(id=name, started_at=at, beat_at=at, rev=rev, embedder="drawn-1", runtime="drawn"))


@pytest.fixture
def ada(house: House) -> Any:
    return house.client("ada")


def test_until_somebody_says_so_patrols_own_budget_holds_and_the_page_says_that_first(ada: Any) -> None:
    shown = ada.get(PATH).json()
    assert (shown["budget"], shown["traffic"], shown["calibration"]) == (None, None, None)
    assert shown["advice"][0]["code"] == "no_budget"
    assert shown["footing"] == {"n_people": 1, "n_one_portrait": 1, "n_weak": 0, "n_volunteers": 0}
    assert shown["in_force"] == {"rev": 0, "is_derived": False, "n_workers_current": 0, "n_workers": 0}


def test_what_is_believed_is_one_sentence_with_what_it_rests_on(ada: Any, house: House) -> None:
    ada.put(f"{PATH}/budget", json=BUDGET)
    calibrate(house)
    calibration = ada.get(PATH).json()["calibration"]
    belief = calibration["belief"]
    assert belief["text"] == (
        "About 0.4 false alerts a day (0.2 to 0.9); "
        "91 % (88 to 94) of the listed who pass with a good look are found."
    )
    assert "57 people here" in belief["basis_text"]
    assert (calibration["sure"], calibration["weak"], calibration["n_people"]) == (0.2, 0.3, 1)
    assert calibration["alternatives"] == BELIEF["alternatives"]
    ada.patch("/api/v1/me", json={"language": "zh"})
    assert "每天约 0.4 次误报" in ada.get(PATH).json()["calibration"]["belief"]["text"]


def test_of_an_emptied_list_nothing_is_believed_any_more(ada: Any, house: House) -> None:
    ada.put(f"{PATH}/budget", json={**BUDGET, "false_alerts_per_day": 500})
    calibrate(house)
    assert ada.get(PATH).json()["calibration"]["belief"]["warning"]
    with house.database.write() as session:
        session.get_one(Person, house.cast.wanda.id).removed_at = house.clock()
    shown = ada.get(PATH).json()
    assert (
        shown["calibration"]["belief"]["text"] == "Nobody is looked for, so there is nothing to mistake anybody for."
    )
    assert (shown["calibration"]["belief"]["warning"], shown["calibration"]["alternatives"]) == (None, [])
    assert shown["in_force"]["is_derived"]


def test_before_anybody_says_how_many_pass_the_sentence_is_of_a_thousand(ada: Any, house: House) -> None:
    calibrate(house, false_alerts_per_day={"value": 50.0, "low": 30.0, "high": 80.0})
    text = ada.get(PATH).json()["calibration"]["belief"]["text"]
    assert text.startswith("Of 1,000 strangers who pass about 2.5 (1.5 to 4) are taken for somebody; 91 %")


@pytest.mark.parametrize(
    ("n_prior", "said"), [(2000, "Nothing was measured here: 4 people"), (0, "nothing is known")]
)
def test_where_nothing_was_measured_the_page_says_so(ada: Any, house: House, n_prior: int, said: str) -> None:
    calibrate(house, basis="prior", n_measured=0, n_prior=n_prior)
    assert said in ada.get(PATH).json()["calibration"]["belief"]["basis_text"]


def test_a_budget_is_set_kept_on_record_and_the_workers_have_yet_to_follow(ada: Any, house: House) -> None:
    calibrate(house)
    work(house, "current", rev=1)
    work(house, "dead", rev=1, age_s=60)
    assert ada.get(PATH).json()["in_force"] == {"rev": 1, "is_derived": True, "n_workers_current": 1, "n_workers": 1}
    house.clock.forward(seconds=1)
    answer = ada.put(f"{PATH}/budget", json=BUDGET)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["budget"] == {**BUDGET, "set_at": "2026-03-02T01:30:01Z", "set_by": "ada"}
    assert shown["in_force"] == {"rev": 2, "is_derived": False, "n_workers_current": 0, "n_workers": 1}
    assert [past["kind"] for past in shown["history"]] == ["budget", "calibration"]
    assert (shown["history"][0]["by"], shown["history"][1]["found"]) == ("ada", 0.91)
    assert [event.actor for event in house.events("budget.set")] == ["user:ada"]


def test_revisions_that_changed_no_threshold_are_not_in_the_history(ada: Any, house: House) -> None:
    for rev, threshold in ((1, 0.15), (2, 0.15), (3, 0.17)):
        house.clock.forward(seconds=1)
        calibrate(house, rev=rev, uncertain=threshold)
    history = ada.get(PATH).json()["history"]
    assert [(past["threshold"], past["at"]) for past in history] == [
        (0.17, "2026-03-02T01:30:03Z"),
        (0.15, "2026-03-02T01:30:01Z"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"false_alerts_per_day": 0},
        {"passages_per_day": -1},
        {"false_alerts_per_day": "many"},
        {"false_alerts_per_day": 20_000},
        {"passages_per_day": 1e12},
    ],
)
def test_a_budget_without_sense_is_refused_in_words(ada: Any, wrong: dict[str, object]) -> None:
    answer = ada.put(f"{PATH}/budget", json={**BUDGET, **wrong})
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert ada.get(PATH).json()["budget"] is None


@pytest.mark.parametrize(
    ("alerts", "found", "said"),
    [(0.01, 0.55, "would leave 45 % of the listed unfound"), (500, 0.99, "one for every 40 people"), (2, 0.9, None)],
)
def test_an_unreasonable_budget_gets_a_plain_warning(
    ada: Any, house: House, alerts: float, found: float, said: str | None
) -> None:
    ada.put(f"{PATH}/budget", json={**BUDGET, "false_alerts_per_day": alerts})
    calibrate(house, found={"value": found, "low": found, "high": found})
    warning = ada.get(PATH).json()["calibration"]["belief"]["warning"]
    assert (warning is None) if said is None else said in warning


def test_what_the_workers_counted_is_offered_and_compared(ada: Any, house: House) -> None:
    day = house.clock().date() - timedelta(days=2)
    with house.database.write() as session:
        row = StreamDay(stream_id="gate-b", day=day, site_id="mall", n_looks=5)
        row.n_passages = 50_000
        session.add(row)
    traffic = ada.get(PATH).json()["traffic"]
    assert traffic == {"passages_per_day": 50_000.0, "n_days": 1, "last_day": "2026-02-28"}
    advice = ada.put(f"{PATH}/budget", json=BUDGET).json()["advice"]
    assert "50,000" in next(each["text"] for each in advice if each["code"] == "passages")
    fitting = ada.put(f"{PATH}/budget", json={**BUDGET, "passages_per_day": 40_000}).json()["advice"]
    assert "passages" not in [each["code"] for each in fitting]


def test_entries_with_weak_photos_only_are_listed(ada: Any, house: House) -> None:
    with house.database.write() as session:
        portrait = session.get_one(Portrait, house.cast.portrait.id)
        portrait.is_weak, portrait.weak_reason, portrait.weak_by = True, "the only picture", "rita"
    shown = ada.get(PATH).json()
    assert [(entry["name"], entry["watchlist"]) for entry in shown["weak_entries"]] == [("Wanda", "Wanted")]
    assert "weak" in [each["code"] for each in shown["advice"]]


def test_the_advice_is_what_would_help(ada: Any, house: House) -> None:
    calibrate(house)
    texts = {each["code"]: each["text"] for each in ada.get(PATH).json()["advice"]}
    assert "one photo only: 1." in texts["one_portrait"]
    assert "99 more" in texts["volunteers"]


@pytest.mark.parametrize("name", ["rita", "vic", "max"])
def test_who_does_not_administer_neither_sees_nor_sets_it(house: House, name: str) -> None:
    client = house.client(name)
    assert client.get(PATH).status_code == 403
    assert client.put(f"{PATH}/budget", json=BUDGET).status_code == 403
