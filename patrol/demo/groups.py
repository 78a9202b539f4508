"""Who is told at the simulated site: a police station, managers, guards by floor, shopkeepers, maintenance."""

from pathlib import Path
from typing import Any

import yaml

DAY = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "07:00", "to": "19:00"}
NIGHT = {**DAY, "from": "19:00", "to": "07:00"}
OPENING_HOURS = {**DAY, "from": "09:00", "to": "21:30"}
ALWAYS = {"weekly": [DAY, NIGHT]}
PAGE = [{"kind": "page"}]


def _members(*names: str) -> list[dict[str, str]]:
    """The first is the captain."""
    return [{"name": name, "role": "member" if place else "captain"} for place, name in enumerate(names)]


GROUPS: tuple[dict[str, Any], ...] = (
    {
        "id": "riverside-station",
        "name": "Riverside police station, duty desk",
        "level": "station",
        "latitude": 31.2400,
        "longitude": 121.4860,
        "covers": [{"site": "east-station"}, {"site": "river-mall"}],
        "picture_policy": "full_frame",
        "language": "en",
        "default": True,
        "time_zone": "Asia/Shanghai",
        "shifts": ALWAYS,
        "members": _members("Sergeant Hill", "Officer Marsh"),
        "chats": PAGE,
    },
    {
        "id": "station-managers",
        "name": "East Station managers",
        "level": "managers",
        "parent": "riverside-station",
        "site": "east-station",
        "latitude": 31.2451,
        "longitude": 121.4979,
        "building": "hall",
        "floor": "1F",
        "language": "en",
        "shifts": ALWAYS,
        "members": _members("Ann Porter"),
        "chats": PAGE,
    },
    {
        "id": "station-guards",
        "name": "East Station guards, concourse",
        "level": "guards",
        "parent": "station-managers",
        "site": "east-station",
        "latitude": 31.2452,
        "longitude": 121.4978,
        "building": "hall",
        "floor": "1F",
        "post": "exit-b",
        "covers": [{"site": "east-station", "building": "hall", "floor": "1F"}],
        "language": "en",
        "shifts": ALWAYS,
        "members": _members("Gus Reed", "Nora Lane", "Tom Hale"),
        "chats": PAGE,
    },
    {
        "id": "platform-guards",
        "name": "East Station guards, platforms",
        "level": "guards",
        "parent": "station-managers",
        "site": "east-station",
        "latitude": 31.2449,
        "longitude": 121.4982,
        "building": "hall",
        "floor": "B1",
        "covers": [{"site": "east-station", "building": "hall", "floor": "B1"}],
        "language": "en",
        "shifts": ALWAYS,
        "members": _members("Ed Walsh", "Ida Moss"),
        "chats": PAGE,
    },
    {
        "id": "mall-managers",
        "name": "江畔商场值班经理",
        "level": "managers",
        "parent": "riverside-station",
        "site": "river-mall",
        "latitude": 31.2310,
        "longitude": 121.4701,
        "building": "north",
        "floor": "1F",
        "language": "zh",
        "shifts": ALWAYS,
        "members": _members("陈经理"),
        "chats": PAGE,
    },
    {
        "id": "mall-guards",
        "name": "江畔商场保安（北楼）",
        "level": "guards",
        "parent": "mall-managers",
        "site": "river-mall",
        "latitude": 31.2311,
        "longitude": 121.4702,
        "building": "north",
        "floor": "1F",
        "covers": [{"site": "river-mall", "building": "north"}],
        "language": "zh",
        "shifts": ALWAYS,
        "members": _members("王队长", "李明", "赵刚"),
        "chats": PAGE,
    },
    {
        "id": "mall-guards-south",
        "name": "江畔商场保安（南楼）",
        "level": "guards",
        "parent": "mall-managers",
        "site": "river-mall",
        "latitude": 31.2305,
        "longitude": 121.4700,
        "building": "south",
        "floor": "1F",
        "covers": [{"site": "river-mall", "building": "south"}],
        "language": "zh",
        "shifts": ALWAYS,
        "members": _members("孙队长", "周强"),
        "chats": PAGE,
    },
    {
        "id": "mall-shops",
        "name": "江畔商场商户（北楼一层）",
        "level": "shopkeepers",
        "parent": "mall-managers",
        "site": "river-mall",
        "latitude": 31.2311,
        "longitude": 121.4701,
        "building": "north",
        "floor": "1F",
        "covers": [{"site": "river-mall", "building": "north", "floor": "1F"}],
        "picture_policy": "face",
        "keep_h": 2,
        "language": "zh",
        "shifts": {"weekly": [OPENING_HOURS]},
        "members": _members("咖啡店 吴", "书店 何"),
        "chats": PAGE,
    },
    {
        "id": "maintenance",
        "name": "Maintenance",
        "level": "maintenance",
        "latitude": 31.2400,
        "longitude": 121.4860,
        "language": "en",
        "members": _members("Max Feld"),
        "chats": PAGE,
    },
)


class _Plain(yaml.SafeDumper):
    """Writes what several groups share in full: patrol takes no references in its files."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_groups(path: Path) -> None:
    content = yaml.dump({"groups": list(GROUPS)}, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    path.write_text(content, encoding="utf-8")
