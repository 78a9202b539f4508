"""The mall that tests of groups name: two buildings with floors, and a camera at each of two posts."""

from patrol.dispatch.coverage import Premises
from patrol.values import Building, Place, Site, Stream

NORTH = Building("north", "North hall", ("B1", "1F", "2F", "3F"))
SOUTH = Building("south", "South hall", ("1F",))
MALL = Site("mall", "East Mall", 31.2304, 121.4737, "Asia/Shanghai", (NORTH, SOUTH))
GATE_B = Stream("gate-b", MALL, "Gate B", "Gate B", "rtsp://h/b", where=Place("north", "1F", "gate-b"))
ESCALATOR = Stream("escalator", MALL, "3F", "3F escalator", "rtsp://h/3", where=Place("north", "3F"))
PREMISES = Premises.of((MALL,), (GATE_B, ESCALATOR))
