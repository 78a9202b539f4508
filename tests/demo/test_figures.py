"""Drawn figures."""

import numpy as np
import pytest

from patrol.demo.figures import N_PHASES, WARDROBE, Clothes, Heading, bob_m, draw_walk

SKIN = (120, 150, 200)


@pytest.mark.parametrize("heading", ["towards", "across"])
@pytest.mark.parametrize("clothes", [WARDROBE[0], WARDROBE[2]])
def test_a_stride_is_phases_that_differ_and_stay_on_their_sheet(clothes: Clothes, heading: Heading) -> None:
    phases = draw_walk(clothes, SKIN, heading, seed=1)
    assert len(phases) == N_PHASES
    assert all((phase[..., :3] <= phase[..., 3:]).all() for phase in phases), "not premultiplied"
    assert all(phase[:, 0].max() == 0 and phase[:, -1].max() == 0 for phase in phases), "cut off at a side"
    assert len({phase.tobytes() for phase in phases}) >= N_PHASES // 2


def test_the_coat_has_its_colour() -> None:
    coat = Clothes(coat=(40, 80, 160), trousers=(50, 50, 50))
    phase = draw_walk(coat, SKIN, "towards", seed=1)[0]
    chest = phase[phase.shape[0] - round(1.2 * 320), phase.shape[1] // 2 + 20, :3].astype(float)
    assert chest[2] > chest[1] > chest[0]


def test_the_head_rises_twice_a_stride() -> None:
    assert bob_m(0) == pytest.approx(bob_m(np.pi))
    assert bob_m(np.pi / 2) == pytest.approx(0) != pytest.approx(bob_m(0))
