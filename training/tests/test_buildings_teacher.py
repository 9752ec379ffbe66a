"""The teacher of the building network: what it is, what it says, and how HRNet learns from it."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from supertile_training.buildings.batches import BuildingBatches, Sample
from supertile_training.buildings.inputs import CHANNELS, INPUTS
from supertile_training.buildings.losses import building_loss, taught_loss
from supertile_training.buildings.pretrain import Learner, Windows
from supertile_training.buildings.soft import probabilities, split_of, taught, unlabelled_samples
from supertile_training.buildings.runs import trained
from supertile_training.buildings.teacher import NAME, STAGES, Teacher
from supertile_training.buildings.train import Run
from supertile_training.weights import save_weights
from supertile_training.buildings.unlabelled import DARKEST, crops, sharpened, without_haze

CONFIG = Path(__file__).parents[1] / "configs" / "buildings.yaml"


def config():
    made = yaml.safe_load(CONFIG.read_text())
    made["data"] |= {"patch": 32, "batch": 4, "inputs": {"misr": 1.0}}
    return made


@pytest.fixture(scope="module")
def teacher():
    torch.manual_seed(1)
    return Teacher(pretrained=False).eval()


@torch.no_grad()
def test_the_teacher_sees_five_stages_and_answers_at_every_pixel(teacher):
    x = torch.randn(1, 3, 32, 48)
    stages = teacher.stages(x)
    assert [tuple(s.shape[1:]) for s in stages] == [(c, 32 >> k, 48 >> k) for k, c in enumerate(STAGES)]
    assert teacher(x).shape == (1, 2, 32, 48)
    whole = sum(p.numel() for p in teacher.parameters())
    assert 0 < sum(p.numel() for p in teacher.encoder_parameters()) < whole


def test_the_encoder_has_seen_imagenet():
    known, fresh = Teacher(), Teacher(pretrained=False)
    assert not torch.equal(known.stem.weight, fresh.stem.weight)
    assert torch.equal(known.stem.weight, Teacher().stem.weight)
    assert float(known.norm.running_var.std()) > 0  # measured, not as initialised


def test_flips_and_turns_are_turned_back():
    image = torch.rand(3, 20, 28)
    pointwise = lambda x: 4 * x[:, :2] - 1
    found = probabilities(pointwise, lambda x: x, image)
    torch.testing.assert_close(found, (4 * image[:2] - 1).sigmoid(), rtol=0, atol=1e-5)


def test_the_encoder_learns_more_slowly_than_the_decoder():
    c = config()
    c["network"]["variant"] = NAME
    run = Run(c)
    run.learn(torch.rand(4, 3, 32, 32), torch.ones(4, 3, 32, 32))
    slow, fast = (g["lr"] for g in run.optimiser.param_groups)
    assert slow == pytest.approx(c["optimiser"]["encoder_share"] * fast)


def test_a_run_of_the_teacher_can_be_scored(tmp_path, teacher):
    c = config()
    c["network"]["variant"] = NAME
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(c))
    save_weights(teacher, tmp_path / "last.safetensors")
    network, normalised = trained(tmp_path)
    image = torch.rand(1, 3, 32, 32) * 0.3
    mean, std = (torch.tensor(c["normalisation"][k]).view(1, 3, 1, 1) for k in ("mean", "std"))
    torch.testing.assert_close(network(normalised(image)), teacher((image - mean) / std), rtol=1e-4, atol=1e-4)


def test_a_run_of_the_teacher_goes_on_from_another(tmp_path, teacher):
    c = config()
    c["network"]["variant"] = NAME
    save_weights(teacher, tmp_path / "last.safetensors")
    run = Run(c)
    run.start_from(tmp_path / "last.safetensors")
    for name, value in teacher.state_dict().items():
        torch.testing.assert_close(run.kept.state_dict()[name], value, msg=name)
    assert run.started_from


def test_features_are_kept_and_the_last_layer_is_not(tmp_path):
    a, b = Run(config()), Run(config() | {"seed": 5})
    save_weights(a.network, tmp_path / "features.safetensors")
    b.start_from_features(tmp_path / "features.safetensors")
    assert torch.equal(a.network.stem["conv1"].conv.weight, b.kept.stem["conv1"].conv.weight)
    assert not torch.equal(a.network.head["conv2"].weight, b.network.head["conv2"].weight)
    assert torch.equal(b.network.head["conv2"].weight, b.kept.head["conv2"].weight)


# What it says

def soft(side=40, pieces=3):
    dice = torch.Generator().manual_seed(4)
    random = lambda *shape: torch.rand(*shape, generator=dice)
    return {"labelled": {"a": random(2, 60, 50).half()}, "unlabelled": [(f"city_{k}", random(3, side, side).half(), random(2, side, side).half()) for k in range(pieces)]}


def labelled_sample():
    maps = torch.zeros(3, 48, 50)
    maps[2] = 1
    return Sample("a", "a", [{"misr": torch.rand(3, 48, 50)}], maps, (torch.zeros(3, 1, 1), torch.ones(3, 1, 1)))


def test_samples_without_labels_serve_every_input_and_are_drawn_as_often_as_configured():
    made = unlabelled_samples(soft())
    for kind in INPUTS:
        assert made[0].draws[0][kind].shape == (CHANNELS[kind], 40, 40)
    assert all(float(s.maps[2].max()) == 0 and float(s.maps[5].min()) == 1 for s in made)
    one = taught(labelled_sample(), soft(), (slice(0, 48), slice(0, 50)))
    torch.testing.assert_close(one.maps[3:5], soft()["labelled"]["a"][:, :48].float())
    batches = BuildingBatches([one] + made, config())
    assert sum(batches.weights[1:]) / sum(batches.weights) == pytest.approx(config()["data"]["unlabelled_share"])
    images, maps = batches[0]
    assert images.shape == (4, 3, 32, 32) and maps.shape == (4, 6, 32, 32)


def test_the_taught_loss_is_made_of_both():
    setting = config()["loss"]
    logits = torch.randn(2, 2, 8, 8)
    maps = torch.rand(2, 6, 8, 8)
    maps[:, 2] = maps[:, 5] = 1
    assert float(taught_loss(logits, maps, setting | {"taught": 0.0})) == pytest.approx(float(building_loss(logits, maps[:, :3], setting)))
    said = torch.logit(maps[:, 3:5].clamp(0.01, 0.99))
    only = setting | {"taught": 1.0}
    assert float(taught_loss(said, maps, only)) < float(taught_loss(said + 0.5, maps, only))
    # Without a label nothing but the teacher counts.
    maps[:, 2] = 0
    other = maps.clone()
    other[:, :2] = 1 - other[:, :2]
    assert float(taught_loss(logits, maps, setting)) == float(taught_loss(logits, other, setting))


def test_teachers_of_one_split_speak_together_and_others_do_not(tmp_path):
    for name, split in (("a", "fold0"), ("b", "fold0"), ("c", "places")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(f"data: {{split: {split}}}")
    assert split_of([tmp_path / "a", tmp_path / "b"]) == "fold0"
    with pytest.raises(ValueError, match="fold0, places"):
        split_of([tmp_path / "a", tmp_path / "c"])


# Images without labels

def test_haze_is_what_dark_ground_has_more():
    image = torch.rand(3, 50, 60) * 0.3 + torch.tensor([0.08, 0.1, 0.14]).view(3, 1, 1)
    clear = without_haze(image)
    found = np.percentile(clear.flatten(1).numpy(), 0.5, axis=1)
    np.testing.assert_allclose(found, DARKEST, atol=1e-5)
    torch.testing.assert_close(clear.std((1, 2)), image.std((1, 2)))


def test_crops_are_as_large_as_there_is_room_and_repeat():
    images = {"large": torch.rand(3, 90, 120), "small": torch.rand(3, 30, 200)}
    made = crops(images, side=64, pixels_each=5000, most=3, seed=1)
    assert [n for n, _ in made] == ["large", "large", "small"] and made[0][1].shape == (3, 128, 128) and made[2][1].shape == (3, 60, 128)
    assert torch.equal(made[1][1], crops(images, 64, 5000, 3, 1)[1][1])


def test_sharpening_leaves_what_is_smooth():
    x = torch.rand(3, 20, 20)
    assert torch.equal(sharpened(x, 0.0), x)
    torch.testing.assert_close(sharpened(torch.full((3, 20, 20), 0.2), 1.0), torch.full((3, 20, 20), 0.2))
    assert float(sharpened(x, 1.0).std()) > float(x.std())


# Features

def test_hrnet_tells_every_stage_of_the_teacher():
    told = Learner(config())(torch.randn(2, 3, 32, 32))
    assert [tuple(t.shape[1:]) for t in told] == [(c, 32 >> k, 32 >> k) for k, c in enumerate(STAGES)]


def test_windows_repeat_and_only_the_learner_sees_other_colours():
    windows = Windows([torch.rand(3, 60, 60) * 0.3], torch.rand(5, 3, 64, 64) * 0.3, config())
    (clean, seen), (again, _) = windows[3], windows[3]
    assert clean.shape == seen.shape == (4, 3, 32, 32) and torch.equal(clean, again)
    assert not torch.allclose(clean, seen, atol=1e-3)
