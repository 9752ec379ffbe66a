"""Building footprints: places and splits, inputs, augmentation, targets, instances and scores."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from supertile_training.buildings.augment import mixed, window
from supertile_training.buildings.batches import BuildingBatches, box, sample
from supertile_training.buildings.card import RECEPTIVE_FIELD, building_card, load_network
from supertile_training.buildings.evaluate import Scored, probabilities
from supertile_training.buildings.golden import golden_tensors
from supertile_training.buildings.inputs import CHANNELS, HALO, INPUTS, in_tiles, revisits, super_resolved
from supertile_training.buildings.instances import PolygonRule, components, instances, without_small
from supertile_training.buildings.losses import building_loss
from supertile_training.buildings.places import (COAST_FRAME, COUNT, FOLDS, HELD_OUT, choosing_areas, labelled, learning_areas,
                                                 read_places, scored_areas)
from supertile_training.buildings.recipe import steps
from supertile_training.buildings.report import inputs_table, rewritten, targets_table
from supertile_training.buildings.scores import class_iou, confusion, detection, matches
from supertile_training.buildings.table import fold_maps, trained
from supertile_training.buildings.targets import separation
from supertile_training.buildings.train import Run, configured, train, widened
from supertile_training.hrnet import HRNet
from supertile_training.network import parameter_count, upsample
from supertile_training.simulate import Dice
from supertile_training.weights import save_weights

CONFIG = Path(__file__).parents[1] / "configs" / "buildings.yaml"


def scene(name="a", place="a", height=60, width=50, seed=0, **facts):
    dice = np.random.default_rng(seed)
    image = dice.integers(40, 160, (height, width, 3)).astype(np.uint8)
    mask = np.zeros((height, width), np.uint8)
    for row in range(3, height - 6, 9):
        for column in range(3, width - 6, 9):
            mask[row:row + 4, column:column + 5] = 255
    return labelled(name, place, image, mask, **facts)


# Places

def test_reflectance_of_counts():
    one = labelled("a", "a", np.full((4, 4, 3), 100, np.uint8), np.zeros((4, 4)), gain=(1.2, 1.0, 0.8))
    assert torch.allclose(one.image[:, 0, 0], 100 * COUNT * torch.tensor([1.2, 1.0, 0.8]))


def test_within_scene_parts_cover_each_pixel_once():
    one = scene(height=100, width=40)
    parts = [one.subset(s) for s in ("train", "validation", "test")]
    assert bool((sum(p.int() for p in parts) == 1).all())
    assert [int(p.sum()) for p in parts] == [80 * 40, 20 * 20, 20 * 20]


def test_images_of_one_scene_share_its_split():
    """What one image of the coast trains on is never scored in another."""
    canvas = {}
    for corner in ((0, 0), (167, 225), (-82, 5)):
        one = scene(height=512, width=512, corner=corner, frame=COAST_FRAME)
        for subset in ("train", "validation", "test"):
            grid = canvas.setdefault(subset, np.zeros((900, 900), bool))
            grid[corner[0] + 100:corner[0] + 612, corner[1] + 100:corner[1] + 612] |= one.subset(subset).numpy()
    assert not (canvas["train"] & canvas["test"]).any() and not (canvas["train"] & canvas["validation"]).any()
    assert canvas["test"].any() and canvas["validation"].any()


def test_held_out_places_are_in_no_learning_area():
    images = [scene(p, p) for p in (*HELD_OUT, "x")]
    for split in ("places", *FOLDS):
        assert set(learning_areas(images, split)) == {"x"}
        assert not set(scored_areas(images, split, "validation")) & set(HELD_OUT)
    assert set(scored_areas(images, "places", "validation")) == {"x"}
    assert set(scored_areas(images, "places", "test")) == set(HELD_OUT)
    assert set(learning_areas(images, "within")) == {*HELD_OUT, "x"}


@pytest.mark.parametrize("split", ["within", "places"])
def test_nothing_is_scored_that_was_learnt(split):
    images = [scene(p, p) for p in (*HELD_OUT, "x")]
    learnt = learning_areas(images, split)
    for part in ("validation", "test"):
        for name, area in scored_areas(images, split, part).items():
            assert bool(area.any()) and (name not in learnt or not bool((learnt[name] & area).any()))


def test_what_chooses_within_scenes_is_all_but_the_test_part():
    images = [scene(), scene("b", "b", height=100, width=40)]
    chosen, test = choosing_areas(images), scored_areas(images, "within", "test")
    assert all(torch.equal(chosen[i.name], i.valid & ~test[i.name]) for i in images)


def test_every_place_but_the_held_out_ones_is_left_out_once():
    places = [p for left_out in FOLDS.values() for p in left_out]
    assert len(set(places)) == len(places) and not set(places) & set(HELD_OUT)
    images = [scene(p, p) for p in (*places, *HELD_OUT)]
    for fold, left_out in FOLDS.items():
        scored = scored_areas(images, fold, "validation")
        assert set(scored) == set(left_out) and all(bool(area.all()) for area in scored.values())
        assert set(learning_areas(images, fold)) == set(places) - set(left_out)


def test_pixels_that_show_nothing_count_nowhere():
    image = np.full((20, 20, 3), 90, np.uint8)
    image[:, :10] = 0
    one = labelled("a", "a", image, np.ones((20, 20)))
    assert not bool(learning_areas([one], "places")["a"][:, :10].any())


def test_reading(tmp_path):
    folder = tmp_path / "spacenet7-buildings"
    folder.mkdir()
    pixels = np.random.default_rng(1).integers(1, 200, (171, 171, 3)).astype(np.uint8)
    for name in ("0001E-0002N_00000_00512", "crop2"):
        Image.fromarray(pixels).save(folder / f"{name}_rgb.png")
        Image.fromarray(np.where(pixels[..., 0] > 100, 255, 0).astype(np.uint8)).save(folder / f"{name}_mask.png")
    images = {i.name: i for i in read_places(tmp_path)}
    assert images["0001E-0002N_00000_00512"].place == "0001E-0002N"
    assert images["crop2"].place == "coast" and images["crop2"].corner == (167, 225)
    assert torch.equal(images["crop2"].building, torch.from_numpy(pixels[..., 0] > 100))


# Inputs

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


# Augmentation and batches

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


def small_config(kind="misr"):
    config = configured(yaml.safe_load(CONFIG.read_text()), kind)
    config["data"] |= {"patch": 32, "batch": 2}
    return config


def small_samples(kinds=("misr", "planet")):
    one = scene(height=60, width=50)
    return [sample(one, one.valid & one.subset("train"), [{k: one.image.repeat(CHANNELS[k] // 3, 1, 1) for k in kinds if k != "planet"}])]


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


# Targets, instances, scores

def test_separation_lies_between_two_buildings_alone():
    building = np.zeros((20, 20), bool)
    building[5:10, 2:6] = building[5:10, 8:12] = True
    apart = separation(building)
    assert apart[5:10, 6:8].all() and not apart[:, 0].any() and not (apart & building).any()
    building[:, 8:] = False
    assert not separation(building).any()


def test_components_touch_by_edges():
    assert components(np.array([[1, 0], [0, 1]])).max() == 2


def test_small_areas_are_left_out():
    labels = np.array([[1, 1, 0, 2], [1, 1, 0, 0]])
    assert without_small(labels, 2).tolist() == [[1, 1, 0, 0], [1, 1, 0, 0]]


def test_watershed_parts_two_buildings_that_touch():
    p = np.zeros((9, 20))
    p[2:7, 2:18] = 0.5
    p[2:7, 3:8] = p[2:7, 12:17] = 0.9
    none = np.zeros_like(p)
    assert instances(p, none, PolygonRule(0.4, 0.4, 0.0, 1)).max() == 1
    parted = instances(p, none, PolygonRule(0.4, 0.7, 0.0, 1))
    assert parted.max() == 2 and (parted > 0).sum() == (p > 0.4).sum()
    between = none.copy()
    between[2:7, 9:11] = 1.0
    assert instances(p, between, PolygonRule(0.4, 0.45, 1.0, 1)).max() == 2


def test_class_iou():
    predicted, truth = np.array([[1, 1, 0, 0]], bool), np.array([[1, 0, 0, 0]], bool)
    found = class_iou(confusion(predicted, truth, np.ones((1, 4), bool)))
    assert found == {"building": 1 / 2, "background": 2 / 3, "mean": (1 / 2 + 2 / 3) / 2}
    assert confusion(predicted, truth, np.array([[1, 0, 0, 0]], bool)).tolist() == [1, 0, 0, 0]


def test_matching_is_greedy_in_the_order_of_predictions():
    truth = np.zeros((4, 12), int)
    truth[:, :4], truth[:, 4:8] = 1, 2
    predicted = np.zeros((4, 12), int)
    predicted[:, 1:6] = 1  # IoU 12/24 with truth 1, 8/28 with truth 2
    predicted[:, 10:] = 2
    assert matches(predicted, truth) == (1, 1, 1)
    predicted[:, 0:1] = 3  # IoU 4/16 with truth 1: not above the limit
    assert matches(predicted, truth) == (1, 2, 1)


def test_a_true_building_is_taken_once():
    truth = np.zeros((4, 8), int)
    truth[:, :8] = 1
    predicted = truth.copy()
    predicted[:, 4:] = 2
    assert matches(predicted, truth) == (1, 1, 0)
    assert detection(1, 1, 0) == pytest.approx({"precision": 0.5, "recall": 1.0, "f1": 2 / 3})


def test_matches_agree_with_a_plain_search():
    dice = np.random.default_rng(8)
    truth, predicted = (components(dice.random((40, 40)) > 0.45) for _ in range(2))
    predicted = np.where(dice.random((40, 40)) > 0.1, truth, predicted)
    free, tp = set(range(1, truth.max() + 1)), 0
    for p in [k for k in range(1, predicted.max() + 1) if (predicted == k).any()]:
        best = max(((((predicted == p) & (truth == t)).sum() / ((predicted == p) | (truth == t)).sum(), -t) for t in free), default=(0, 0))
        if best[0] > 0.25:
            free.discard(-best[1])
            tp += 1
    assert matches(predicted, truth)[0] == tp


def test_a_perfect_map_scores_one_and_pads_nothing_in():
    one = scene(height=45, width=50)
    scored = Scored([one], {one.name: one.valid})
    maps = {one.name: np.stack([one.building.numpy() * 0.9, np.zeros((45, 50))])}
    rule = scored.best_rule(maps)
    assert scored.pixels(maps, rule.threshold)["mean"] == 1.0 and scored.buildings(maps, rule)["f1"] == 1.0
    network = Run(small_config("planet")).network.eval()
    assert probabilities(network, lambda x: x, one.image).shape == (2, 45, 50)


# Recipe and publication

def test_colours_vary_less_within_scenes():
    config = yaml.safe_load(CONFIG.read_text())
    within, places = (configured(config, "misr", split)["augmentation"] for split in ("within", "places"))
    assert places == config["augmentation"] and within == config["augmentation"] | config["within_scenes"]["augmentation"] != places


def test_thresholds_for_new_places_need_places_left_out():
    with pytest.raises(ValueError, match="fold0"):
        fold_maps([], [], {}, "misr")


def test_recipe_runs_every_input_in_both_splits_alike(tmp_path):
    made = steps(yaml.safe_load(CONFIG.read_text())["recipe"], tmp_path)
    runs = [s for s in made if s["module"] == "train"]
    each = [s for s in runs if s["input"] != "mixed"]
    assert {(s["split"], s["input"]) for s in each} == {(a, b) for a in ("within", "places") for b in INPUTS} and len(each) == 10
    assert len({(s["split"], s["minutes"], s["options"]["rate"]) for s in each}) == 2
    assert all(s["start"].parent.name == s["split"] for s in each)
    # Folds are as long as what they choose for.
    new = [s for s in runs if s["split"] != "within" and s["input"] == "mixed"]
    assert {s["split"] for s in new} == {"places", *FOLDS} and len({(s["minutes"], "teacher" in s["options"]) for s in new}) == 2
    written = set()
    for s in made:  # what a step needs was made by one before it, of its own split
        needed = [v for v in s["options"].values() if isinstance(v, Path)] + ([s["out"] / "last.safetensors"] if s["module"] == "soft" else [])
        assert set(needed) <= written
        assert all(p.parent.name in ("features", s["split"], f"{s['split']}-teacher") for p in needed if s["module"] == "train")
        written.add(s["out"] / s["makes"])


def test_published_weights_give_what_the_run_gave(tmp_path):
    config = small_config("misr")
    run = Run(config)
    for m in run.kept.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.uniform_(-0.5, 0.5)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    save_weights(run.kept, folder / "last.safetensors")
    network, normalised = trained(folder)
    path = tmp_path / "hrnet-buildings.safetensors"
    save_weights(network, path)
    rule = PolygonRule(0.4, 0.5, 0.5, 4)
    card = building_card("hrnet-buildings", config, path, {"steps": 1}, rule.facts(), {})
    path.with_suffix(".json").write_text(json.dumps(card))
    published, its_input = load_network(path.with_suffix(".json"))
    image = torch.rand(1, 3, 32, 48) * 0.3
    torch.testing.assert_close(published(its_input(image)), run.kept.eval()(run.normalised(image)), rtol=1e-4, atol=1e-4)
    assert card["weights"]["licence"] == "CC-BY-SA-4.0" and card["parameters"] == parameter_count(published)
    golden = golden_tensors(published, its_input)
    assert {"image", "input", "stem.conv1", "stage4.branch3", "head.conv2", "logits", "probability"} <= set(golden)
    torch.testing.assert_close(published(golden["input"].unsqueeze(0))[0].sigmoid(), golden["probability"])


def test_card_states_the_receptive_field():
    """No input pixel beyond the stated distance reaches an output pixel, and one at it does."""
    network = HRNet(inputs=1, classes=1, folded=True).double()
    for p in network.parameters():
        p.data.fill_(0.01)
    before = after = 0
    for row in (192, 196, 200, 203, 204, 207):
        x = torch.ones(1, 1, 400, 16, dtype=torch.float64, requires_grad=True)
        gradient, = torch.autograd.grad(network(x)[0, 0, row, 8], x)
        reached = torch.nonzero(gradient[0, 0].abs().sum(1)).flatten()
        before, after = max(before, row - int(reached[0])), max(after, int(reached[-1]) - row)
    assert {"before": before, "after": after} == RECEPTIVE_FIELD


def test_tables_say_what_is_short():
    part = lambda iou, f1: {"iou": {"mean": iou, "building": 0.3, "background": 0.9},
                            "buildings": {"precision": 0.4, "recall": 0.3, "f1": f1, "f1PerImage": f1}}
    rows = [{"split": "places", "input": "misr", "test": part(0.55, 0.26), "chosenBy": part(0.61, 0.3),
             "images": {f"{HELD_OUT[0]}_0": part(0.5, 0.2)}},
            {"split": "places", "input": "bicubic", "test": part(0.56, 0.20), "chosenBy": part(0.57, 0.1), "images": {}}]
    table = targets_table(rows)
    assert "mean IoU, super-resolved | 0.59 | 0.550 | 0.040 |" in table and "F1, super-resolved | 0.25 | 0.260 | - |" in table
    assert "mean IoU, super-resolved against bicubic | above 0 | -0.010 | 0.010 |" in table
    assert inputs_table(rows, "places").count("\n") == 3 and "0.60 | 0.24 / 0.56 / 0.33 |" in inputs_table(rows, "places")
    assert "HighRes-net | 0.610 | 0.300 |" in inputs_table(rows, "places", "chosenBy")
    text = rewritten("a\n<!-- places: written by report -->\nold\n<!-- end of places -->\nb\n", "places", "new")
    assert text == "a\n<!-- places: written by report -->\nnew\n<!-- end of places -->\nb\n"
