from pathlib import Path

import pytest

from patrol.eval.folder import Folder
from patrol.eval.refusals import CannotMeasure
from patrol.eval.splits import Plan, draw, plan_for


def folder_of(*n_photos: int) -> Folder:
    """A folder of people with so many photos each; there are no files."""
    photos: list[Path] = []
    people: dict[str, tuple[int, ...]] = {}
    for number, n in enumerate(n_photos):
        people[f"P{number:04}"] = tuple(range(len(photos), len(photos) + n))
        photos += [Path(f"P{number:04}/{k}.jpg") for k in range(n)]
    return Folder(Path("drawn"), tuple(photos), people)


def plan(folder: Folder, gallery: int | None = None, portraits: int = 1, cohort: int | None = None) -> Plan:
    return plan_for(folder, gallery=gallery, portraits=portraits, cohort=cohort, splits=3, seed=5)


def lfw() -> Folder:
    """As many people with one, two and three or more photos as in the half of LFW the figures are for."""
    return folder_of(*[1] * 2009, *[2] * 396, *[4] * 460)


def test_the_parts_are_those_of_the_field_where_the_folder_carries_them() -> None:
    assert plan(lfw()) == Plan(gallery=800, mated=800, cohort=500, portraits=1, splits=3, seed=5)


def test_where_too_few_have_a_second_portrait_half_of_the_list_has_one_only() -> None:
    two = plan(lfw(), gallery=800, portraits=2)
    split = draw(lfw(), two, 0)
    assert (two.mated, len(split.entries), len(split.probes)) == (400, 800, 400)
    assert [len(entry) for entry in split.entries] == [2] * 400 + [1] * 400
    assert len(split.strangers) == 2865 - 800 - 500


def test_nobody_plays_two_parts_and_no_photo_is_its_own_probe() -> None:
    folder = lfw()
    split = draw(folder, plan(folder, portraits=2), 1)
    enrolled = {folder.name_of(photo) for entry in split.entries for photo in entry}
    strangers = {folder.name_of(photo) for photo in split.strangers}
    cohort = {folder.name_of(photo) for photo in split.cohort}
    assert len(enrolled) + len(strangers) + len(cohort) == len(folder.people)
    for entry, probe in zip(split.entries, split.probes, strict=False):
        assert probe not in entry
        assert {folder.name_of(photo) for photo in entry} == {folder.name_of(probe)}


def test_a_split_is_the_same_at_every_call_and_another_is_another() -> None:
    folder = folder_of(*[2] * 40)
    assert draw(folder, plan(folder), 0) == draw(folder, plan(folder), 0)
    assert draw(folder, plan(folder), 0) != draw(folder, plan(folder), 1)


def test_a_small_folder_keeps_half_of_its_people_as_strangers() -> None:
    small = plan(folder_of(*[3] * 10))
    assert (small.cohort, small.gallery, small.mated) == (2, 4, 4)


def test_one_photo_each_leaves_nobody_to_search_for() -> None:
    single = plan(folder_of(*[1] * 20))
    assert (single.gallery, single.mated) == (8, 0)
    assert draw(folder_of(*[1] * 20), single, 0).probes == ()


@pytest.mark.parametrize("n_people", [1, 2])
def test_fewer_than_three_people_carry_no_figure(n_people: int) -> None:
    with pytest.raises(CannotMeasure) as caught:
        plan(folder_of(*[4] * n_people))
    assert (caught.value.code, caught.value.fields["n"]) == ("too_few_people", n_people)


def test_a_gallery_larger_than_the_folder_carries_is_refused_with_the_most() -> None:
    with pytest.raises(CannotMeasure) as caught:
        plan(folder_of(*[2] * 20), gallery=18)
    assert (caught.value.code, caught.value.fields["most"]) == ("gallery_too_large", 15)
    assert plan(folder_of(*[2] * 20), gallery=15).gallery == 15


def test_a_cohort_of_everybody_is_refused() -> None:
    with pytest.raises(CannotMeasure) as caught:
        plan(folder_of(*[2] * 5), cohort=4)
    assert (caught.value.code, caught.value.fields["most"]) == ("cohort_too_large", 3)
