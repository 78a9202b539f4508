"""The simulated site: two places, three cameras, who walks by which, and the files that describe it to patrol.

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
    },
    {
        "id": "river-mall",
        "name": "River Mall",
        "latitude": 31.2310,
        "longitude": 121.4700,
        "time_zone": "Asia/Shanghai",
    },
)
CAMERAS = (
    Camera(
        id="station-concourse",
        site="east-station",
        name="Concourse",
        place="Concourse, towards exit B",
        hall="concourse",
        cast=("obama-2005", "biden", "collins", "macron-2025", "ardern-2022"),
        seed=1,
    ),
    Camera(
        id="station-platform",
        site="east-station",
        name="Platform 4",
        place="Platform 4, foot of the stairs",
        hall="platform",
        cast=("collins", "macron-2025", "biden"),
        seed=2,
    ),
    Camera(
        id="mall-atrium",
        site="river-mall",
        name="Atrium",
        place="Atrium, ground floor",
        hall="mall",
        cast=("ardern-2022", "obama-2005", "biden"),
        seed=3,
    ),
)
GROUPS: tuple[dict[str, object], ...] = (
    {
        "id": "station-guards",
        "name": "East Station guards",
        "site": "east-station",
        "latitude": 31.2452,
        "longitude": 121.4978,
        "language": "en",
        "chats": [{"kind": "page"}],
    },
    {
        "id": "mall-guards",
        "name": "江畔商场保安",
        "site": "river-mall",
        "latitude": 31.2311,
        "longitude": 121.4702,
        "language": "zh",
        "chats": [{"kind": "page"}],
    },
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
            "url": urls[f"/{camera.id}"],
            "credentials": CREDENTIALS,
        }
        for camera in CAMERAS
    ]
    _write_yaml(path, {"sites": list(SITES), "streams": streams})


def write_groups(path: Path) -> None:
    _write_yaml(path, {"groups": list(GROUPS)})


def _write_yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _photo(name: str, path: Path) -> HeadPhoto:
    pixels: Uint8 = np.asarray(cv2.imread(str(path)), np.uint8)
    portrait = catalogue()[name]
    return HeadPhoto(portrait.person, pixels, np.array(portrait.landmarks_xy, np.float32))
