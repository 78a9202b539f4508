"""What commands are built from."""

from pathlib import Path

from patrol.cli import parts
from tests.cli.terminal import Terminal

SITES = """\
sites:
  - {id: mall, name: Mall, latitude: 31.2, longitude: 121.4, time_zone: Asia/Shanghai, duty_phone: "8001"}
  - {id: hall, name: Hall, latitude: 31.2, longitude: 121.4, time_zone: Asia/Shanghai}
streams: []
"""


def test_the_desk_knows_its_sites_as_they_are_now_and_whom_to_ring(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_DUTY_PHONE", "+86 21 5555 0110")
    terminal.set("PATROL_PUBLIC_URL", "https://patrol.example")
    desk = parts.desk(parts.settings())
    assert (desk.sites(), desk.public_url) == ((), "https://patrol.example")
    (tmp_path / "streams.yaml").write_text(SITES)
    assert [site.id for site in desk.sites()] == ["mall", "hall"]
    assert [desk.phone_of(id) for id in ("mall", "hall", "elsewhere")] == ["8001", *["+86 21 5555 0110"] * 2]
    assert "PATROL_DUTY_PHONE=+86 21 5555 0110" in terminal.answer("settings")
