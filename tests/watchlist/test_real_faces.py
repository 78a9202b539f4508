"""The watchlist with the real networks and photos of real people, where they are there."""

import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import select

from patrol.faces.finder import Finder, open_finder
from patrol.faces.weights import WeightsMissing
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Person, PortraitTemplate, Watchlist
from patrol.watchlist import people
from patrol.watchlist.enrolment import PersonResult, enrol_person
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.imports import Defaults, import_folder, import_zip
from patrol.watchlist.photos import ORIENTATION
from patrol.watchlist.portraits import Photo, examine_photo
from patrol.watchlist.refusals import PhotoRefused
from tests.watchlist.tracks import track_of

MODELS = Path(__file__).parent.parent.parent / "models"
SHANGHAI = ZoneInfo("Asia/Shanghai")

pytestmark = [pytest.mark.weights, pytest.mark.data]


@pytest.fixture(scope="module", params=["sface", "dlib"])
def real_finder(request: pytest.FixtureRequest) -> Finder:
    try:
        return open_finder(MODELS, embedder=request.param, runtime="auto", precision="f32", threads=2)
    except WeightsMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def defaults(now: datetime) -> Defaults:
    return Defaults(SHANGHAI, reason="test of patrol", source="test data", ends_at=now + timedelta(days=5))


def photo_at(path: Path) -> Photo:
    return Photo(path.name, path.read_bytes())


def enrol(
    database: Database, blobs: Blobs, finder: Finder, watchlist: Watchlist, now: datetime, name: str, *photos: Photo
) -> PersonResult:
    entry = people.Entry(name, "test of patrol", "test data", now + timedelta(days=5))
    return enrol_person(database, blobs, finder, watchlist.id, entry, photos, by="rita", now=now)


def test_portraits_years_apart_become_one_person_and_no_other(
    database: Database, blobs: Blobs, real_finder: Finder, watchlist: Watchlist, shared_data: Path, now: datetime
) -> None:
    folder = shared_data / "portraits"
    start = (database, blobs, real_finder, watchlist, now)
    for name in ("obama", "biden", "alex_lacamoire", "lin_manuel_miranda"):
        result = enrol(*start, name, *(photo_at(path) for path in sorted((folder / name).iterdir())))
        assert [photo.reason_code for photo in result.photos] == [None] * len(result.photos)
    both = enrol(*start, "who of the two", photo_at(folder / "obama_and_biden.jpg"))
    assert both.photos[0].reason_code == "two_faces"
    again = enrol(*start, "Barack O.", photo_at(folder / "obama" / "2.jpg"))
    assert (again.photos[0].reason_code, again.photos[0].fields["other"]) == ("looks_like_another", "obama")


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_portrait_a_phone_took_on_its_side_gives_the_same_template(
    real_finder: Finder, shared_data: Path, orientation: int
) -> None:
    path = shared_data / "portraits" / "biden" / "1.jpg"
    turns = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    exif, file = Image.Exif(), io.BytesIO()
    exif[ORIENTATION] = orientation
    Image.open(path).transpose(turns[orientation]).save(file, "JPEG", quality=95, exif=exif)
    upright = examine_photo(real_finder, photo_at(path))
    turned = examine_photo(real_finder, Photo("phone.jpg", file.getvalue()))
    assert turned.template.vector @ upright.template.vector > 0.98


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda image: image.resize((48, 48)), ("too_small", "no_face")),
        (lambda image: image.resize((20, 20)).resize((250, 250)), ("blurred", "no_face", "too_small")),
        (lambda image: image.crop((125, 0, 250, 250)), ("cut_off", "no_face", "turned_away")),
        (lambda image: image.rotate(180), ("no_face",)),
        (lambda image: Image.new("RGB", image.size, "grey"), ("no_face",)),
    ],
)
def test_a_spoilt_portrait_is_refused(
    real_finder: Finder, shared_data: Path, spoil: object, code: tuple[str, ...]
) -> None:
    path = sorted((shared_data / "faces" / "lfw10").iterdir())[0]
    file = io.BytesIO()
    assert callable(spoil)
    spoil(Image.open(sorted(path.glob("*.jpg"))[0])).save(file, "PNG")
    with pytest.raises(PhotoRefused) as refusal:
        examine_photo(real_finder, Photo("spoilt.png", file.getvalue()))
    assert refusal.value.code in code


def test_what_is_kept_embeds_to_nearly_the_same_template(
    database: Database, blobs: Blobs, real_finder: Finder, watchlist: Watchlist, shared_data: Path, now: datetime
) -> None:
    path = shared_data / "portraits" / "obama" / "1.jpg"
    assert enrol(database, blobs, real_finder, watchlist, now, "obama", photo_at(path)).person_id
    (key,) = blobs.keys()
    kept = examine_photo(real_finder, Photo("kept.jpg", blobs.get(key)))
    came = examine_photo(real_finder, photo_at(path))
    assert kept.template.vector @ came.template.vector > 0.9  # the eyes are found a few pixels off


def test_a_zip_of_ten_people_is_taken_in_and_each_is_found_again(
    database: Database,
    blobs: Blobs,
    real_finder: Finder,
    watchlist: Watchlist,
    defaults: Defaults,
    shared_data: Path,
    now: datetime,
) -> None:
    """Two photos of each person make the list; the others come by as tracks. Strangers come by too."""
    folders = sorted(folder for folder in (shared_data / "faces" / "lfw10").iterdir() if folder.is_dir())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for folder in folders:
            for path in sorted(folder.glob("*.jpg"))[:3]:
                target.write(path, f"{folder.name}/{path.name}")
    report = import_zip(database, blobs, real_finder, watchlist.id, archive, defaults, by="rita", now=now)
    assert report.n_people == len(folders)
    assert {row.reason_code for row in report.rows} <= {None, "two_faces", "turned_away"}

    gallery = Gallery(real_finder.embedder, real_finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, now)
        names = {person.id: person.name for person in session.scalars(select(Person))}
    found = missed = wrong = 0
    for folder in folders:
        looks = [template for path in sorted(folder.glob("*.jpg"))[3:] if (template := seen(real_finder, path))]
        match = gallery.match(track_of(*looks[:5]), now)
        found += match is not None and names[match.person_id] == folder.name
        missed += match is None
        wrong += match is not None and names[match.person_id] != folder.name
    assert (found, missed, wrong) == (len(folders), 0, 0)
    assert strangers_matched(real_finder, gallery, shared_data, now) == 0


def seen(finder: Finder, path: Path) -> object:
    try:
        return examine_photo(finder, photo_at(path)).template
    except PhotoRefused:
        return None


def strangers_matched(finder: Finder, gallery: Gallery, shared_data: Path, now: datetime) -> int:
    """How many of 40 other people are surely taken for somebody of the gallery, each seen twice on one photo."""
    known = {folder.name for folder in (shared_data / "faces" / "lfw10").iterdir()}
    folders = [folder for folder in sorted((shared_data / "faces" / "lfw").iterdir()) if folder.name not in known]
    n_sure = 0
    for folder in folders[:400:10]:
        if template := seen(finder, sorted(folder.glob("*.jpg"))[0]):
            match = gallery.match(track_of(template, template), now)
            n_sure += match is not None and match.grade == "sure"
    return n_sure


def test_a_folder_of_portraits_is_imported_as_it_lies(
    database: Database,
    blobs: Blobs,
    real_finder: Finder,
    watchlist: Watchlist,
    defaults: Defaults,
    shared_data: Path,
    now: datetime,
) -> None:
    folder = shared_data / "portraits"
    report = import_folder(database, blobs, real_finder, watchlist.id, folder, defaults, by="rita", now=now)
    assert (report.n_people, report.n_accepted, report.n_refused) == (4, 7, 1)
    (refused,) = [row for row in report.rows if not row.is_accepted]
    assert (refused.file_name, refused.reason_code) == ("obama_and_biden.jpg", "two_faces")
    with database.read() as session:
        embedders = set(session.scalars(select(PortraitTemplate.embedder)))
    assert embedders == {real_finder.embedder}
