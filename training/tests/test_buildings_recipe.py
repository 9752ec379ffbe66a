"""All runs of the building network, their tables, and what is published."""

import json
from pathlib import Path

import pytest
import torch
import yaml

from buildings_miniature import CONFIG, small_config
from supertile_training.buildings.card import RECEPTIVE_FIELD, building_card, load_network
from supertile_training.buildings.golden import golden_tensors
from supertile_training.buildings.inputs import INPUTS
from supertile_training.buildings.instances import PolygonRule
from supertile_training.buildings.places import FOLDS, HELD_OUT
from supertile_training.buildings.recipe import steps
from supertile_training.buildings.report import inputs_table, rewritten, targets_table
from supertile_training.buildings.runs import trained
from supertile_training.buildings.table import fold_maps
from supertile_training.buildings.train import Run, configured
from supertile_training.hrnet import HRNet
from supertile_training.network import parameter_count
from supertile_training.weights import save_weights


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
    each = [s for s in runs if s["options"].get("soft") and s["input"] != "mixed"]
    assert {(s["split"], s["input"]) for s in each} == {(a, b) for a in ("within", "places") for b in INPUTS} and len(each) == 10
    assert len({(s["split"], s["minutes"], s["options"]["rate"]) for s in each}) == 2
    assert all(s["start"].parent.name == s["split"] for s in each)
    # Folds are as long as what they choose for.
    new = [s for s in runs if s["split"] != "within" and s["input"] == "mixed"]
    assert {s["split"] for s in new} == {"places", *FOLDS} and len(new) == 3 * 5
    assert len({(s["minutes"], "teacher" in s["options"]) for s in new}) == 3
    written = set()
    for s in made:  # what a step needs was made by one before it, of its own split
        needed = [v for v in s["options"].values() if isinstance(v, Path)] + [run / "last.safetensors" for run in s.get("runs", [])]
        assert set(needed) <= written
        assert all(p.parent.name == "features" or p.parent.name.split("-")[0] == s["split"] for p in needed if s["module"] == "train")
        assert s["module"] != "soft" or len(s["runs"]) == 2 and len({run.name.split("-")[0] for run in s["runs"]}) == 1
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


def test_runs_of_a_recipe_go_on_from_one_another(tmp_path):
    """A teacher `after` another begins with its weights; so does the second run of the network, the last of which has the split's name."""
    teachers = {"first": {"minutes": 2, "teacher": True}, "teacher": {"minutes": 3, "teacher": True, "input": "misr", "after": "first"}}
    budgets = {"teachers": teachers, "first": [{"minutes": 4}, {"minutes": 5}], "each": {"minutes": 1}}
    made = steps({"folds": [], "features": {"minutes": 1}, "within": budgets, "places": budgets}, tmp_path)
    runs = {s["out"].name: s for s in made if s["module"] == "train"}
    weights = lambda name: tmp_path / name / "last.safetensors"
    assert runs["within-first"]["start"] is None
    assert runs["within-teacher"]["start"] == weights("within-first") and runs["within-teacher"]["input"] == "misr"
    assert "after" not in runs["within-teacher"]["options"]
    assert runs["within-1"]["start"] == weights("features") and runs["within-1"]["minutes"] == 4
    assert runs["within"]["start"] == weights("within-1") and runs["within"]["minutes"] == 5
    assert runs["within-misr"]["start"] == weights("within")
