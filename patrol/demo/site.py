"""The simulated site: two places, three buildings, three cameras, who walks by which, and the file that says so.

All faces are public-domain portraits, so that anything the demo shows may be shown. The listed person's photo on
the watchlist and the one in the scenes are seven years apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from patrol.demo.clip import Clip, make_clip
from patrol.demo.heads import HeadPhoto
from patrol.demo.portraits import catalogue, fetch_portraits
from patrol.demo.scene import Scene, stroll
from patrol.values import Uint8

LISTED = "Barack Obama"
ENROLLED_PORTRAIT = "obama-2012"
SCENE_S = 20.0
CREDENTIALS = "demo-cameras"  # the name of the secret that holds the cameras' user and password


@dataclass(frozen=True, slots=True)
class Camera:
    """One simulated camera and the scene before it."""

    id: str
    site: str
    name: str
    place: str
    at: tuple[str, str, str]  #: building, floor, post
    hall: str
    cast: tuple[str, ...]  #: portraits' names
    seed: int

    @property
    def shows_listed(self) -> bool:
        return LISTED in {catalogue()[name].person for name in self.cast}


SITES: tuple[dict[str, object], ...] = (
    {
        "id": "east-station",
        "name": "East Station",
        "latitude": 31.2450,
        "longitude": 121.4980,
        "time_zone": "Asia/Shanghai",
        "duty_phone": "+86 21 5550 0110",
        "buildings": [{"id": "hall", "name": "Station hall", "floors": ["B1", "1F", "2F"]}],
        "walks": [
            {"from": "hall/1F", "to": "hall/B1", "minutes": 2},
            {"from": "hall/1F", "to": "hall/2F", "minutes": 1.5},
        ],
    },
    {
        "id": "river-mall",
        "name": "River Mall",
        "latitude": 31.2310,
        "longitude": 121.4700,
        "time_zone": "Asia/Shanghai",
        "duty_phone": "+86 21 5550 0120",
        "buildings": [
            {"id": "north", "name": "North building", "floors": ["B1", "1F", "2F", "3F"]},
            {"id": "south", "name": "South building", "floors": ["1F", "2F"]},
        ],
        "walks": [
            {"from": "north/1F", "to": "south/1F", "minutes": 3},
            {"from": "north/1F", "to": "north/2F", "minutes": 1},
            {"from": "north/2F", "to": "north/3F", "minutes": 1},
            {"from": "south/1F", "to": "south/2F", "minutes": 1},
        ],
    },
)
CAMERAS = (
    Camera(
        id="station-concourse",
        site="east-station",
        name="Concourse",
        place="Concourse, towards exit B",
        at=("hall", "1F", "exit-b"),
        hall="concourse",
        cast=("obama-2005", "biden", "collins", "macron-2025", "ardern-2022"),
        seed=1,
    ),
    Camera(
        id="station-platform",
        site="east-station",
        name="Platform 4",
        place="Platform 4, foot of the stairs",
        at=("hall", "B1", "platform-4"),
        hall="platform",
        cast=("collins", "macron-2025", "biden"),
        seed=2,
    ),
    Camera(
        id="mall-atrium",
        site="river-mall",
        name="Atrium",
        place="Atrium, ground floor",
        at=("north", "1F", "atrium"),
        hall="mall",
        cast=("ardern-2022", "obama-2005", "biden"),
        seed=3,
    ),
)


def cast_photos(folder: Path, names: Sequence[str]) -> list[HeadPhoto]:
    """Portraits as a scene takes them; `folder` keeps the fetched files."""
    paths = fetch_portraits(folder, names)
    return [_photo(name, paths[name]) for name in names]


def scene_of(camera: Camera) -> Scene:
    people = [catalogue()[name].person for name in camera.cast]
    return Scene(stroll(people, SCENE_S, camera.seed), SCENE_S, camera.seed, camera.hall)


def film_camera(camera: Camera, cache: Path) -> Clip:
    """The clip this camera shows; made once, then found in `cache`."""
    return make_clip(scene_of(camera), cast_photos(cache / "portraits", camera.cast), cache / "clips")


def mounts(clips: Mapping[str, Clip], user: str, password: str) -> list[dict[str, str]]:
    """What the RTSP server is given: every camera at /ID, behind a password."""
    return [
        {"path": f"/{id}", "file": str(clip.video.absolute()), "user": user, "password": password}
        for id, clip in clips.items()
    ]


def write_streams(path: Path, urls: Mapping[str, str]) -> None:
    """Write streams.yaml for the cameras at these addresses."""
    streams = [
        {
            "id": camera.id,
            "site": camera.site,
            "name": camera.name,
            "place": camera.place,
            **dict(zip(("building", "floor", "post"), camera.at, strict=True)),
            "url": urls[f"/{camera.id}"],
            "credentials": CREDENTIALS,
        }
        for camera in CAMERAS
    ]
    _write_yaml(path, {"sites": list(SITES), "streams": streams})


def _write_yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _photo(name: str, path: Path) -> HeadPhoto:
    pixels: Uint8 = np.asarray(cv2.imread(str(path)), np.uint8)
    portrait = catalogue()[name]
    return HeadPhoto(portrait.person, pixels, np.array(portrait.landmarks_xy, np.float32))
