import torch

from supertile_training.bright import GROUNDS, bright_rows, ground, pattern


def test_a_printed_pattern_is_measured():
    error = torch.zeros(1, 3, 8, 8)
    assert pattern(error) == 0
    error[0, 1, ::2, 1::2] = 0.04
    assert abs(pattern(error) - 0.03) < 1e-6


def test_ground_has_its_level_and_texture():
    grey = ground(0.8, 0.05, 1.0)
    assert abs(float(grey.mean()) - 0.8) < 1e-3 and abs(float(grey[0, 0].std()) - 0.04) < 1e-3
    assert torch.equal(grey[:, 0], grey[:, 2])


def test_rows_hold_every_ground(network):
    network = network.float()
    rows = bright_rows(network)
    network.double()
    assert [r["ground"] for r in rows] == list(GROUNDS) and all(float(r["bicubic"]) < 0.05 for r in rows)
