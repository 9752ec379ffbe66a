import math

import torch

from supertile_training.sensor import SIGMA_FINE, sampling_matrix, see


def test_spread_in_fine_pixels():
    assert round(SIGMA_FINE, 5) == 0.98788


def test_taps_lie_half_way_between_fine_pixels():
    taps = sampling_matrix(3, 4, torch.zeros(1))[0, 1]
    expected = torch.tensor([math.exp(-0.5 * (d / SIGMA_FINE) ** 2) for d in (-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5)])
    torch.testing.assert_close(taps[3:11], expected / expected.sum())
    assert taps[:3].sum() == 0 and taps[11:].sum() == 0


def test_modulation_at_the_low_resolution_nyquist():
    """A wave of two low-resolution (four fine) pixels comes through at 0.3."""
    x = torch.arange(64.0)
    wave = torch.cos(math.pi / 2 * (x - 8.5)).view(1, 1, 1, -1).expand(1, 1, 64, 64)
    seen = see(wave, (24, 24), 8)[0, 0, 12]
    assert abs(float(seen.abs().max()) - 0.3) < 0.005


def test_flat_ground_keeps_its_value_also_at_the_edge():
    flat = torch.full((1, 3, 20, 28), 0.2)
    torch.testing.assert_close(see(flat, (10, 14), 0, torch.tensor([[0.4, -0.9]])), torch.full((1, 3, 10, 14), 0.2))


def test_a_shift_of_half_a_pixel_is_one_fine_pixel():
    fine = torch.rand(1, 2, 36, 40)
    moved = see(fine, (10, 12), 8, torch.tensor([[0.5, -0.5]]))
    torch.testing.assert_close(moved, see(fine.roll((-1, 1), (-2, -1)), (10, 12), 8))
