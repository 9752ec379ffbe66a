"""Augmentation, batches, and a run of the building network."""

import numpy as np
import pytest
import torch

from buildings_miniature import scene, small_config, small_samples
from supertile_training.buildings.augment import mixed, window
from supertile_training.buildings.batches import BuildingBatches, box, sample
from supertile_training.buildings.losses import building_loss
from supertile_training.buildings.runs import widened
from supertile_training.buildings.train import Run, resumed, train
from supertile_training.simulate import Dice
from supertile_training import device
from supertile_training.weights import save_weights


@pytest.mark.parametrize("is_fast, wanted, dtype", [(False, True, torch.float32), (True, False, torch.float32), (True, True, torch.bfloat16)])
def test_bfloat16_is_left_to_processors_that_are_fast_at_it(monkeypatch, is_fast, wanted, dtype):
    """Emulated it takes ten times as long as float32."""
    monkeypatch.setattr(device, "FAST_BFLOAT16", is_fast)
    config = small_config()
    config["run"]["bfloat16"] = wanted
    run, seen = Run(config), []
    run.network.register_forward_hook(lambda network, inputs, logits: seen.append(logits.dtype))
    run.learn(*BuildingBatches(small_samples(), config)[0])
    assert seen == [dtype]


def test_buildings_that_are_not_learnt_from_choose_no_windows():
    one = scene(height=100, width=40)
    area = ~one.subset("test") & one.valid
    maps = sample(one, area, [{"misr": one.image}]).maps
    assert maps.shape[-2:] == (100, 40) and bool(one.building[~area].any())
    assert not bool(maps[:, ~area].any()) and torch.equal(maps[0][area] > 0, one.building[area])


def test_window_without_turning_is_the_image():
    image, maps = torch.rand(3, 40, 30), torch.rand(2, 40, 30)
    out, out_maps = window(image, maps, (19.5, 14.5), 16, 0.0, 1.0, False)
    torch.testing.assert_close(out, image[:, 12:28, 7:23], atol=1e-5, rtol=0)
    torch.testing.assert_close(out_maps, maps[:, 12:28, 7:23], atol=1e-5, rtol=0)


def test_quarter_turn_and_flip():
    image = torch.rand(3, 16, 16)
    turned, _ = window(image, image, (7.5, 7.5), 16, np.pi / 2, 1.0, False)
    flipped, _ = window(image, image, (7.5, 7.5), 16, 0.0, 1.0, True)
    assert any(torch.allclose(turned, torch.rot90(image, k, (1, 2)), atol=1e-4) for k in (1, 3))
    torch.testing.assert_close(flipped, image.flip(-1), atol=1e-5, rtol=0)


def test_mixing_moves_labels_with_pixels():
    images = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 3, 16, 16).contiguous()
    out, maps = mixed(images, images[:, :2], Dice(5), 1.0)
    assert torch.equal(out[:, :2], maps) and not torch.equal(out, images)


def test_samples_are_cut_to_the_learning_area():
    one = scene(height=60, width=50)
    cut = small_samples()[0]
    assert cut.maps.shape == (3, 48, 50) and cut.draws[0]["misr"].shape == (3, 48, 50)
    assert torch.equal(cut.maps[0] > 0, one.building[:48])
    assert box(one.subset("test")) == (slice(48, 60), slice(25, 50))


def test_batches_repeat_and_share_windows_between_inputs():
    a = BuildingBatches(small_samples(), small_config("misr"))[3]
    b = BuildingBatches(small_samples(), small_config("misr"))[3]
    c = BuildingBatches(small_samples(), small_config("planet"))[3]
    assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])
    assert torch.equal(a[1], c[1])
    assert a[0].shape == (2, 3, 32, 32) and a[1].shape == (2, 3, 32, 32)


def test_the_network_learns_and_resumes(tmp_path):
    config = small_config("planet")
    config["data"]["patch"], config["run"]["minutes"] = 32, 0.05
    batches = BuildingBatches(small_samples(), config)
    run = Run(config)
    first = np.mean([run.learn(*batches[k]) for k in range(3)])
    train(run, batches, tmp_path)
    assert run.progress() >= 1 and (tmp_path / "last.safetensors").exists()
    assert np.mean([run.learn(*batches[k]) for k in range(3)]) < first
    again = Run(config)
    again.load(tmp_path / "checkpoint.pt")
    assert again.step == run.step - 3


def test_the_mean_of_all_steps_is_kept_when_asked_for(tmp_path):
    config = small_config("planet")
    config["data"]["patch"], config["optimiser"]["average_from"], config["run"]["minutes"] = 32, 0.0, 0.03
    batches = BuildingBatches(small_samples(), config)
    run, seen = Run(config), []
    for k in range(3):
        run.learn(*batches[k])
        seen.append([p.detach().clone() for p in run.network.parameters()])
    for kept, steps in zip(run.kept.parameters(), zip(*seen)):
        torch.testing.assert_close(kept, sum(steps) / 3, rtol=1e-5, atol=1e-6)
    run.save(tmp_path / "checkpoint.pt")
    again = Run(config)
    again.load(tmp_path / "checkpoint.pt")
    assert again.averaged == 3
    train(again, batches, tmp_path)
    # The statistics that are kept are those of the mean's own weights.
    held = {k: v.clone() for k, v in again.kept.state_dict().items()}
    again.kept.load_state_dict(held | {k: v + 1 for k, v in held.items() if "running" in k})
    again.measure_statistics(batches)
    assert all(torch.equal(v, held[k]) for k, v in again.kept.state_dict().items())


def test_weights_for_more_channels_give_the_same_on_equal_views(tmp_path):
    run = Run(small_config("planet"))
    state = {k: v.clone() for k, v in run.network.state_dict().items()}
    wide = Run(small_config("concat4")).network
    wide.load_state_dict(widened(state, 12))
    x = torch.randn(1, 3, 32, 32)
    torch.testing.assert_close(wide.eval()(x.repeat(1, 4, 1, 1)), run.network.eval()(x), rtol=1e-4, atol=1e-4)


def test_loss_ignores_what_may_not_be_learnt():
    setting = small_config()["loss"]
    logits, maps = torch.randn(1, 2, 8, 8), torch.zeros(1, 3, 8, 8)
    maps[:, 2, :4] = 1
    other = logits.clone()
    other[:, :, 4:] = 50
    assert float(building_loss(logits, maps, setting)) == float(building_loss(other, maps, setting))
    perfect = torch.full((1, 2, 8, 8), -20.0)
    assert float(building_loss(perfect, maps, setting)) < float(building_loss(-perfect, maps, setting))


def test_a_folder_of_buildings_belongs_to_one_run(tmp_path):
    out, weights = tmp_path / "run", tmp_path / "given.safetensors"
    config = small_config("planet")
    save_weights(Run(config | {"seed": 9}).network, weights)
    run = resumed(out, config, weights)
    run.save(out / "checkpoint.pt")
    save_weights(Run(config | {"seed": 10}).network, weights)
    with pytest.raises(ValueError, match="did not start from"):
        resumed(out, config, weights)
    with pytest.raises(ValueError, match="data differ"):
        resumed(out, config | {"data": config["data"] | {"places": ["coast"]}})
    assert resumed(out, config | {"recipe": {}, "pretraining": {}}).started_from == run.started_from is not None
