"""How far two places are apart, along the WGS-84 ellipsoid."""

from functools import lru_cache
from math import asin, atan, atan2, cos, hypot, isclose, radians, sin, sqrt, tan

EQUATOR_M = 6_378_137.0  # WGS-84
FLATTENING = 1 / 298.257223563  # WGS-84
POLE_M = EQUATOR_M * (1 - FLATTENING)
MEAN_M = (2 * EQUATOR_M + POLE_M) / 3

Position = tuple[float, float]  #: latitude, longitude, degrees


@lru_cache(maxsize=65_536)  # cameras and groups stand still: a town's pairs in some megabytes, each worked out once
def distance_m(here: Position, there: Position) -> float:
    """Metres by Vincenty's inverse formula (Survey Review 23:176, 1975), exact to millimetres.

    Nearly opposite points of the globe, where it does not converge, get the distance on a sphere.
    """
    if here == there:
        return 0.0
    u1, u2 = (atan((1 - FLATTENING) * tan(radians(place[0]))) for place in (here, there))
    step = whole = radians(there[1] - here[1])
    for _ in range(100):
        sin_sigma = hypot(cos(u2) * sin(step), cos(u1) * sin(u2) - sin(u1) * cos(u2) * cos(step))
        cos_sigma = sin(u1) * sin(u2) + cos(u1) * cos(u2) * cos(step)
        if sin_sigma == 0:
            return 0.0
        sin_alpha = cos(u1) * cos(u2) * sin(step) / sin_sigma
        cos2_alpha = 1 - sin_alpha**2
        cos_2m = cos_sigma - 2 * sin(u1) * sin(u2) / cos2_alpha if cos2_alpha > 0 else 0.0  # 0 on the equator
        sigma = atan2(sin_sigma, cos_sigma)
        c = FLATTENING / 16 * cos2_alpha * (4 + FLATTENING * (4 - 3 * cos2_alpha))
        bend = sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (2 * cos_2m**2 - 1))
        before, step = step, whole + (1 - c) * FLATTENING * sin_alpha * bend
        if isclose(before, step, rel_tol=0, abs_tol=1e-12):
            return _arc_m(cos2_alpha, sigma, sin_sigma, cos_sigma, cos_2m)
    return _on_a_sphere_m(here, there)


def _arc_m(cos2_alpha: float, sigma: float, sin_sigma: float, cos_sigma: float, cos_2m: float) -> float:
    u_squared = cos2_alpha * (EQUATOR_M**2 / POLE_M**2 - 1)
    a = 1 + u_squared / 16384 * (4096 + u_squared * (u_squared * (320 - 175 * u_squared) - 768))
    b = u_squared / 1024 * (256 + u_squared * (u_squared * (74 - 47 * u_squared) - 128))
    inner = cos_sigma * (2 * cos_2m**2 - 1) - b / 6 * cos_2m * (4 * sin_sigma**2 - 3) * (4 * cos_2m**2 - 3)
    return POLE_M * a * (sigma - b * sin_sigma * (cos_2m + b / 4 * inner))


def _on_a_sphere_m(here: Position, there: Position) -> float:
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (here, there))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * MEAN_M * asin(min(1.0, sqrt(half)))
