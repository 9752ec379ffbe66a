"""The inputs of the building network, made from labelled images."""

import torch

from supertile_training.buildings.inputs import CHANNELS, HALO, INPUTS, in_tiles, revisits, super_resolved
from supertile_training.network import upsample
from supertile_training.simulate import Dice


def test_revisits_cover_the_whole_image():
    views, valid = revisits(torch.rand(3, 41, 30), 4, Dice(1))
    assert views.shape == (1, 4, 3, 21, 15) and bool(valid.all())


def test_bicubic_input_stays_in_place():
    """A bright square is found where it was, within a fine pixel."""
    image = torch.full((3, 48, 48), 0.1)
    image[:, 20:28, 12:20] = 0.4
    made = super_resolved(image, 4, 3, lambda v, m: upsample(v[:, 0]), lambda v, m: upsample(v[:, 0]))
    assert {k: tuple(v.shape) for k, v in made.items()} == {k: (CHANNELS[k], 48, 48) for k in INPUTS if k != "planet"}
    weight = (made["bicubic"][0].float() - 0.2).clamp(min=0)
    grid = torch.arange(48.0)
    assert abs(float((weight.sum(1) * grid).sum() / weight.sum()) - 23.5) < 0.3
    assert abs(float((weight.sum(0) * grid).sum() / weight.sum()) - 15.5) < 0.3
    assert float(made["bicubic"].float().std()) < float(image.std())


def test_tiles_equal_the_whole():
    views, valid = torch.rand(1, 2, 3, 250, 210), torch.ones(1, 2, 250, 210, dtype=torch.bool)
    run = lambda v, m: upsample(v[:, 1])
    assert HALO > 4
    torch.testing.assert_close(in_tiles(run, views, valid), run(views, valid))
