import copy

import pytest
import torch

from supertile_training.batches import Batches
from supertile_training.colour import PARAMETERS, ColourMatching, foreign, foreign_truth
from supertile_training.losses import Objective, even_where_unknown
from supertile_training.network import parameter_count
from supertile_training.simulate import Dice, Revisits
from supertile_training.shifts import REACH, best_shift, moved
from supertile_training.spacenet7.batches import SceneRevisits
from supertile_training.train import Run


def test_size_of_the_colour_matcher():
    assert parameter_count(ColourMatching()) == PARAMETERS == 451


def test_the_other_sensor_sees_other_colours(groups):
    scene = groups["synthetic"][0].dates[0][None]
    other = foreign(scene)
    assert other.min() >= 0 and other.max() <= 1
    assert (other.mean((0, 2, 3)) - scene.mean((0, 2, 3))).abs().min() > 0.05
    _, shift = foreign_truth(scene, 1.0, Dice(1))
    assert shift.shape == (1, 2) and shift.abs().max() <= 1


@pytest.fixture
def foreign_config(small_config):
    config = copy.deepcopy(small_config)
    config["data"]["foreign"] = {"shift": 1.0}
    config["simulation"]["anchor_cloud_chance"] = 0.0
    config["loss"] = {"unit": 0.002, "pixel": {"kind": "ssim", "weight": 0.1}, "colour_matching": True,
                      "registration": "search", "consistency": {"kind": "sensor", "against": "anchor", "weight": 0.9}}
    return config


def test_the_colour_matcher_takes_the_colours_and_the_network_keeps_its_own(foreign_config, groups):
    """Consistency pulls the image to the anchor while the matcher's output nears the other sensor."""
    config = foreign_config
    config["optimiser"]["rate"] = 0.003
    config["run"]["steps"] = 120
    run = Run(config)
    batch = Batches(groups, config)[2]

    @torch.no_grad()
    def gap():
        shown = run.objective.colour(run.network(batch.views, batch.valid))
        return float((shown - batch.truth).mean((0, 2, 3)).abs().max())

    before = gap()
    for _ in range(120):
        run.learn(batch)
    image = run.network(batch.views, batch.valid)
    bias = (image.mean((0, 2, 3)) - batch.views[:, 0].mean((0, 2, 3))).abs().max()
    assert gap() < 0.3 * before and bias < 0.004


def test_pixels_without_truth_do_not_count(foreign_config):
    loss = foreign_config["loss"] | {"registration": "none", "colour_matching": False,
                                     "pixel": {"kind": "l1", "weight": 1.0}}
    truth = torch.rand(1, 3, 8, 8)
    views, valid = torch.rand(1, 2, 3, 4, 4), torch.ones(1, 2, 4, 4, dtype=torch.bool)
    stack = Revisits(views, valid, torch.zeros(1, 2, 2), truth)
    stack.truth_valid = torch.zeros(1, 8, 8, dtype=torch.bool)
    loss["consistency"] = {"kind": "box", "against": "anchor", "weight": 0.0}
    assert Objective(loss)(truth + 1, stack, views[:, 0]) == 0
    stack.truth_valid[:] = True
    assert Objective(loss)(truth + 1, stack, views[:, 0]) > 1


def test_unknown_registration_is_named():
    with pytest.raises(ValueError, match="loss.registration is 'magic'"):
        Objective({"registration": "magic"})


@pytest.mark.parametrize("missing", [0.1, 0.25, 0.5, 0.75])
def test_the_shift_comes_from_what_is_known(missing, groups):
    """Holes in the truth, filled with anything, neither pull the shift to zero nor teach anything."""
    fine = groups["synthetic"][0].dates[0][None, :, :64, :64]
    shift = torch.tensor([[0.6, -0.4]])
    truth = moved(fine, shift)
    known = torch.ones(1, 64, 64, dtype=torch.bool)
    known[:, :int(64 * missing)] = False
    found = best_shift(fine, torch.where(known.unsqueeze(1), truth, fine), known)
    assert (found - shift).abs().max() < 0.12
    config = {"unit": 0.01, "pixel": {"kind": "l1", "weight": 1.0}, "registration": "search",
              "consistency": {"kind": "box", "against": "anchor", "weight": 0.0}}
    image = fine.clone().requires_grad_()
    low = torch.zeros(1, 1, 3, 32, 32)
    holes = torch.where(known.unsqueeze(1), truth, torch.full_like(truth, 9.0))
    Objective(config)(image, SceneRevisits(low, torch.ones(1, 1, 32, 32, dtype=torch.bool), None, holes, known), low[:, 0]).backward()
    # Beyond the reach of the kernel from what is known there is nothing to learn.
    edge = int(64 * missing) - 2 * REACH
    assert edge <= 0 or image.grad[:, :, :edge].abs().max() == 0
    assert image.grad[:, :, int(64 * missing) + REACH:-REACH].abs().max() > 0


def test_shiftnet_sees_nothing_where_nothing_is_known():
    images, known = torch.rand(1, 3, 20, 20), torch.ones(1, 20, 20, dtype=torch.bool)
    known[:, :7] = False
    even = even_where_unknown(images, known)
    assert even[:, :, :7].std(dim=(2, 3)).max() < 1e-6 and torch.equal(even[:, :, 7:], images[:, :, 7:])
    assert (even[:, :, 0, 0] - images[:, :, 7:].mean((2, 3))).abs().max() < 1e-6
    assert even_where_unknown(images, None) is images
