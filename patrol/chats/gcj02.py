"""From the coordinates of Chinese maps (GCJ-02), which chat apps send within China, to WGS-84.

By law such maps are moved by up to some 500 m; the movement is a fixed, published series of sines. A place outside of
mainland China's box is not moved.
"""

from math import cos, pi, radians, sin, sqrt

AXIS_M, FLATNESS = 6_378_245.0, 0.00669342162296594323  # Krasovsky's ellipsoid and its squared eccentricity
BOX = (0.8293, 72.004, 55.8271, 137.8347)  # south, west, north, east: where the movement applies
N_STEPS = 3  # each leaves about a thousandth of the error before it


def to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    """Latitude and longitude in degrees, to within a metre."""
    if not (BOX[0] <= latitude <= BOX[2] and BOX[1] <= longitude <= BOX[3]):
        return latitude, longitude
    guess = latitude, longitude
    for _step in range(N_STEPS):
        moved_north, moved_east = moved_by(*guess)
        guess = latitude - moved_north, longitude - moved_east
    return guess


def moved_by(latitude: float, longitude: float) -> tuple[float, float]:
    """How far north and east, in degrees, a WGS-84 place is moved on such a map."""
    x, y = longitude - 105.0, latitude - 35.0
    common = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (
        (common + 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)) * 2 / 3
    )
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (
        (common + 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)) * 2 / 3
    )
    curve = 1 - FLATNESS * sin(radians(latitude)) ** 2
    metres_north = AXIS_M * (1 - FLATNESS) / curve**1.5
    metres_east = AXIS_M / sqrt(curve) * cos(radians(latitude))
    return north * 180 / (pi * metres_north), east * 180 / (pi * metres_east)
