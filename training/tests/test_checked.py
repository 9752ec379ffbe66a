"""Configurations say what they mean, or are refused."""

import copy
from pathlib import Path

import pytest
import yaml

from supertile_training.buildings import configuration as buildings
from supertile_training.checked import at, checked

CONFIGS = [p for p in sorted((Path(__file__).parent.parent / "configs").glob("*.yaml")) if "arms" not in yaml.safe_load(p.read_text())
           and p.stem != "buildings"]
BUILDINGS = Path(__file__).parent.parent / "configs" / "buildings.yaml"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_what_ships_is_known(path):
    config = yaml.safe_load(path.read_text())
    assert checked(config) is config


@pytest.mark.parametrize("path, key", [
    ("", "slpit"), ("", "optimizer"), ("data", "foriegn"), ("loss", "registation"), ("loss", "color_matching"),
    ("simulation", "paste_all_chanse"), ("loss.pixel", "wieght"), ("run", "stepz"), ("data.spacenet7", "mask_")])
def test_misspelt_keys_are_refused(path, key):
    name = "highresnet-rgb-x2" if path == "simulation" else "spacenet7-highresnet"
    config = yaml.safe_load((CONFIGS[-1].parent / f"{name}.yaml").read_text())
    at(config, path)[key] = 1
    with pytest.raises(ValueError, match=key):
        checked(config)


@pytest.mark.parametrize("path, key, value", [
    ("loss.consistency", "against", "achor"), ("loss.pixel", "kind", "l3"), ("loss", "registration", "serach"),
    ("data.spacenet7", "anchor", "closest"), ("data.spacenet7", "mask", "papr"), ("network", "bands", ["B08", "B03", "B02"])])
def test_unknown_values_are_refused(path, key, value):
    config = yaml.safe_load((CONFIGS[-1].parent / "spacenet7-highresnet.yaml").read_text())
    at(config, path)[key] = value
    with pytest.raises(ValueError, match=key):
        checked(config)


def test_a_split_is_not_overlooked():
    config = yaml.safe_load((CONFIGS[-1].parent / "highresnet-rgb-x2-split.yaml").read_text())
    wrong = copy.deepcopy(config)
    wrong["split"] = {"within_scenes": True}
    with pytest.raises(ValueError, match="within_scenes"):
        checked(wrong)


def test_what_ships_of_buildings_is_known():
    assert buildings.read(BUILDINGS)["name"] == "hrnet-buildings"


@pytest.mark.parametrize("path, key, value", [
    ("", "optimizer", {}), ("data", "unlabeled_share", 0.5), ("data.inputs", "planets", 1), ("loss", "dise", 1),
    ("within_scenes", "optimiser", {}), ("within_scenes.augmentation", "mix_chanse", 1), ("pretraining.optimiser", "weight", 1),
    ("network", "variant", "w18"), ("run", "minutes", 0), ("recipe.features", "minutes", -1), ("recipe", "fold", []),
    ("recipe.places.each", "final_rate", 1), ("recipe.within.teachers.early", "minutes", "long"), ("recipe.within.each", "minutes", True)])
def test_configurations_of_buildings_are_checked(path, key, value, tmp_path):
    config = yaml.safe_load(BUILDINGS.read_text())
    at(config, path)[key] = value
    written = tmp_path / "odd.yaml"
    written.write_text(yaml.safe_dump(config))
    with pytest.raises(ValueError, match=rf"odd.yaml: configuration: .*{key}"):
        buildings.read(written)


def test_budgets_in_lists_are_checked():
    config = yaml.safe_load(BUILDINGS.read_text())
    config["recipe"]["within"]["first"][1]["minutes"] = 0
    with pytest.raises(ValueError, match="recipe.within.first.2.minutes"):
        buildings.checked(config)


def test_a_shift_beyond_what_is_simulated_is_refused():
    config = yaml.safe_load((CONFIGS[-1].parent / "highresnet-rgb-x2-seventh.yaml").read_text())
    config["simulation"]["shift"] = 2.5
    with pytest.raises(ValueError, match="simulation.shift is 2.5"):
        checked(config)
