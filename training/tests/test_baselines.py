import torch

from supertile_training.baselines import bicubic, colour_matched, least_squares, registered_mean
from supertile_training.change import changed_stack, eroded
from supertile_training.metrics import psnr
from supertile_training.golden import synthetic_scene
from supertile_training.settings import SETTINGS
from supertile_training.scenes import Place
from supertile_training.simulate import MARGIN, Dice, simulate


def scene(height=80, width=72):
    return synthetic_scene(Dice(21), (height + 2 * MARGIN, width + 2 * MARGIN))


def test_least_squares_recovers_a_smooth_scene_from_shifted_views():
    fine = scene()
    quiet = SETTINGS["clear"] | {"noise": [1e-5, 1e-5], "gain": 0.0, "offset": 0.0}
    stack = simulate(fine, fine, 8, quiet, Dice(3))
    inside = (..., slice(10, -10), slice(10, -10))
    base = psnr(bicubic(stack)[inside], stack.truth[inside])
    assert psnr(least_squares(stack, 1e-4)[inside], stack.truth[inside]) > base + 6
    assert psnr(registered_mean(stack)[inside], stack.truth[inside]) > base - 1


def test_least_squares_leaves_masked_pixels_out():
    fine = scene()
    stack = simulate(fine, fine, 4, SETTINGS["clear"], Dice(4))
    spoilt = stack.views.clone()
    spoilt[:, 2, :, 10:20, 10:20] = 0.9
    stack.valid[:, 2, 10:20, 10:20] = False
    clean = least_squares(stack, 0.003)
    stack.views = spoilt
    assert torch.equal(clean, least_squares(stack, 0.003))


def test_colour_matching_undoes_gain_and_offset():
    truth = scene()
    assert psnr(colour_matched(1.3 * truth + 0.04, truth), truth) > 80


def test_registered_mean_puts_shifted_views_back():
    """A ramp survives blur and upsampling, so only a wrong shift could show."""
    ramp = torch.linspace(0.05, 0.25, 80 + 2 * MARGIN).view(1, 1, -1, 1).expand(1, 3, -1, 72 + 2 * MARGIN).contiguous()
    quiet = SETTINGS["clear"] | {"noise": [1e-9, 1e-9], "gain": 0.0, "offset": 0.0}
    stack = simulate(ramp, ramp, 6, quiet, Dice(5))
    inside = (..., slice(12, -12), slice(12, -12))
    assert (registered_mean(stack) - stack.truth)[inside].abs().max() < 2e-4


def test_a_third_of_the_views_is_clouded_and_never_the_anchor():
    fine = scene()
    clouds = SETTINGS["clouds"] | {"mask_error": -0.5}  # masks wide enough to show every cloud
    stack = simulate(fine, fine, 8, clouds, Dice(6))
    masked = (~stack.valid).flatten(2).any(2)
    assert int(masked.sum()) == 3 and not masked[0, 0]


def test_change_lies_in_every_view_but_the_anchor():
    dice = Dice(9)
    place = Place("synthetic", [synthetic_scene(dice, (200, 230))[0]], False)
    stack, inside = changed_stack(place, 4)
    assert inside.shape == stack.truth.shape[-2:] and inside.any()
    low = torch.nn.functional.avg_pool2d(stack.truth, 2)
    core = torch.nn.functional.max_pool2d(-eroded(inside, 4).float()[None, None], 2)[0, 0] < -0.5
    error = (stack.views - low.unsqueeze(1))[..., core].square().mean((0, 2, 3)).sqrt()
    assert (error[1:] > 2 * error[0]).all()
