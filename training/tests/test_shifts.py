import pytest
import torch

from supertile_training.golden import synthetic_scene
from supertile_training.shiftnet import ShiftNet
from supertile_training.shifts import LIMIT, best_shift, lanczos_taps, moved
from supertile_training.network import parameter_count
from supertile_training.simulate import Dice


@pytest.fixture(scope="module")
def scenes():
    dice = Dice(11)
    return torch.cat([synthetic_scene(dice, (64, 56)) for _ in range(3)])


def test_taps_keep_the_mean_and_whole_shifts_are_exact():
    taps = lanczos_taps(torch.tensor([0.0, 0.5, -1.3, 2.0, 9.0]))
    torch.testing.assert_close(taps.sum(1), torch.ones(5))
    assert taps[0].argmax() == 5 and abs(float(taps[0].max()) - 1) < 1e-6
    assert taps[3].argmax() == 7 and torch.equal(taps[3], taps[4]) and LIMIT == 2


def test_whole_pixels_move_down_and_right(scenes):
    out = moved(scenes, torch.tensor([[1.0, -2.0]]).expand(3, 2))
    torch.testing.assert_close(out[..., 10:40, 10:40], scenes[..., 9:39, 12:42], rtol=0, atol=1e-5)


def test_there_and_back_is_the_same_image(scenes):
    shift = torch.tensor([[0.3, -0.7], [1.1, 0.4], [-0.5, -0.5]])
    smooth = moved(scenes, torch.full((3, 2), 0.5))
    back = moved(moved(smooth, shift), -shift)
    inside = (..., slice(12, -12), slice(12, -12))
    assert (back - smooth)[inside].abs().max() < 0.02 * float(smooth.std()) + 0.01


def test_search_finds_the_shift_whatever_the_colours(scenes):
    shift = torch.tensor([[0.4, -0.8], [-1.0, 0.5], [0.1, 1.1]])
    found = best_shift(scenes, 1.7 * moved(scenes, shift) + 0.05)
    assert (found - shift).abs().max() < 0.15


def test_sizes_of_shiftnet():
    assert parameter_count(ShiftNet(3)) == 34_189_952
    assert parameter_count(ShiftNet(1)) == 34_187_648


def test_shiftnet_begins_with_no_shift_and_learns_one(scenes):
    torch.manual_seed(2)
    net = ShiftNet(3)
    net.drop.p = 0.0
    big = torch.nn.functional.interpolate(scenes[:2], size=(128, 128), mode="bicubic")
    shift = torch.tensor([[0.9, -0.6], [-0.7, 0.8]])
    target = moved(big, shift)
    assert torch.equal(net(target, big), torch.zeros(2, 2))
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-4)
    for _ in range(12):
        loss = (moved(big, net(target, big)) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = (moved(big, net(target, big)) - target).square().mean()
    assert after < 0.3 * (big - target).square().mean()


def test_shiftnet_refuses_small_images():
    with pytest.raises(ValueError, match="128 x 128 pixels, got 64 x 200"):
        ShiftNet(3)(torch.zeros(1, 3, 64, 200), torch.zeros(1, 3, 64, 200))
