import json
from pathlib import Path

import pytest
import torch
import yaml
from safetensors import safe_open

from supertile_training.buildings.export import export as publish_buildings
from supertile_training.card import model_card, training_facts
from supertile_training.evaluate import evaluate, load_model
from supertile_training.export import TABLE_END, TABLE_START, rewrite_table
from supertile_training.golden import CASES, write_golden
from supertile_training.architectures import new_network
from supertile_training.scenes import Place
from supertile_training.wald_set import write_city
from supertile_training.settings import HARD
from supertile_training.weights import save_weights, sha256

TRAINING = {"steps": 1, "minutes": 0.1, "data": [], "heldOut": [], "config": {}, "hardware": "test"}


def published(config, folder):
    torch.manual_seed(1)
    network = new_network(config)
    weights = folder / f"{config['name']}.safetensors"
    save_weights(network, weights)
    card_path = folder / f"{config['name']}.json"
    card_path.write_text(json.dumps(model_card(config, weights, TRAINING, None)))
    return network, card_path


def test_weights_and_card_bring_back_the_same_network(config, tmp_path, stack):
    network, card_path = published(config, tmp_path)
    card = json.loads(card_path.read_text())
    assert card["parameters"] == 594_252 and card["weights"]["sha256"] == sha256(card_path.with_suffix(".safetensors"))
    assert card["sensorModel"]["sigmaFinePixels"] == 0.98788
    views, valid = stack(3)
    again = load_model(card_path)
    assert torch.equal(again(views.float(), valid), network(views.float(), valid))
    with safe_open(str(card_path.with_suffix(".safetensors")), "pt") as file:
        assert all(file.get_tensor(k).dtype == torch.float32 for k in file.keys())


def test_golden_tensors_agree_with_the_network(config, tmp_path):
    network, card_path = published(config, tmp_path)
    path = tmp_path / "golden.safetensors"
    write_golden(card_path, path)
    assert path.stat().st_size < 4_000_000
    with safe_open(str(path), "pt") as file:
        assert file.metadata()["weightsSha256"] == sha256(card_path.with_suffix(".safetensors"))
        for name, count in CASES.items():
            views, valid = file.get_tensor(f"{name}.views"), file.get_tensor(f"{name}.valid") > 0
            assert views.shape == (count, 3, 13, 19)
            torch.testing.assert_close(network(views[None], valid[None])[0], file.get_tensor(f"{name}.output"))
        assert file.get_tensor("k8.fuse.level0").shape == (4, 64, 13, 19)
        holes = file.get_tensor("k3holes.valid")
        assert (holes.sum(0) == 0).any() and ((holes[0] == 0) & (holes.sum(0) > 0)).any()


def test_golden_tensors_of_srresnet_agree_with_the_network(config, tmp_path):
    config = config | {"name": "single", "network": config["network"] | {"architecture": "srresnet"}}
    network, card_path = published(config, tmp_path)
    network.eval()
    path = tmp_path / "golden.safetensors"
    write_golden(card_path, path)
    assert path.stat().st_size < 400_000
    with safe_open(str(path), "pt") as file, torch.no_grad():
        assert file.metadata()["weightsSha256"] == sha256(card_path.with_suffix(".safetensors"))
        assert set(file.keys()) == {"reference", "input", "head", "blocks.0", "blocks.7", "blocks.15", "tail", "up",
                                    "detail", "output"}
        reference, inputs = file.get_tensor("reference")[None], file.get_tensor("input")[None]
        torch.testing.assert_close(network.detail(inputs)[0], file.get_tensor("detail"))
        torch.testing.assert_close(network.image(inputs, reference)[0], file.get_tensor("output"))
        assert file.get_tensor("tail").shape == (64, 11, 13) and file.get_tensor("up").shape == (64, 22, 26)


def test_evaluation_is_deterministic(network, groups):
    place = groups["synthetic"][0]
    network = network.float()
    first, second = (evaluate(network, [place], ("hard",), (2, 3)) for _ in range(2))
    network.double()
    assert first == second
    row = first["settings"]["hard"]["mean"][0]
    assert row["views"] == 2 and abs(row["gain"] - (row["network"]["psnr"] - row["bicubic"]["psnr"])) < 1e-3


def test_wald_set_lies_on_one_grid(groups, tmp_path):
    import rasterio

    place = Place("pisa", groups["synthetic"][0].dates, True)
    write_city(place, tmp_path, 3, HARD)
    assert len(list(tmp_path.iterdir())) == 7
    with rasterio.open(tmp_path / "truth.tif") as truth, rasterio.open(tmp_path / "view_00.tif") as view:
        assert truth.bounds == view.bounds and truth.res == (10, 10) and view.res == (20, 20)
        assert view.dtypes == ("uint16",) * 3 and view.nodata == 0 and truth.crs.to_epsg() == 32632
    with rasterio.open(tmp_path / "mask_02.tif") as mask:
        assert set(mask.read(1).flatten().tolist()) <= {0, 1}


def test_table_in_the_readme_is_replaced(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"a\n\n## one\n{TABLE_START}\nold\n{TABLE_END}\nb\n\n## two\n")
    scores = {"psnr": 40.0, "ssim": 0.9, "consistency": 0.002}
    metrics = {"clear": [{"views": 8, "network": scores, "bicubic": scores, "gain": 0.0}]}
    rewrite_table(readme, "two", metrics)
    assert "old" in readme.read_text(), "the table is another network's"
    rewrite_table(readme, "one", metrics)
    text = readme.read_text()
    assert "old" not in text and "| 8 | 40.00 |" in text and text.startswith("a\n") and text.endswith("b\n\n## two\n")


def test_published_files_belong_together():
    models = Path(__file__).parents[2] / "models"
    for card_path in models.glob("highresnet-*.json"):
        card = json.loads(card_path.read_text())
        digest = sha256(models / card["weights"]["file"])
        assert card["weights"]["sha256"] == digest
        with safe_open(str(models / "golden" / card["weights"]["file"]), "pt") as file:
            assert file.metadata()["weightsSha256"] == digest
            network = load_model(card_path)
            views, valid = file.get_tensor("k3holes.views"), file.get_tensor("k3holes.valid") > 0
            with torch.no_grad():
                output = network(views[None], valid[None])[0]
            torch.testing.assert_close(output, file.get_tensor("k3holes.output"), rtol=0, atol=1e-5)


def test_weights_for_comparison_are_those_of_their_cards():
    folder = Path(__file__).parents[2] / "models" / "comparison"
    cards = sorted(folder.glob("*.json"))
    assert len(cards) == 3
    with safe_open(str(folder.parent / "golden" / "srresnet-rgb-x2.safetensors"), "pt") as file:
        assert file.metadata()["weightsSha256"] == sha256(folder / "srresnet-rgb-x2.safetensors")
    for card_path in cards:
        card = json.loads(card_path.read_text())
        assert card["weights"]["sha256"] == sha256(folder / card["weights"]["file"])
        network = load_model(card_path)
        views, valid = torch.rand(1, 2, 3, 8, 9), torch.ones(1, 2, 8, 9, dtype=torch.bool)
        with torch.no_grad():
            assert network(views, valid).shape == (1, 3, 16, 18)
        assert card["training"]["steps"] > 0 and card["training"]["config"]["name"] == card["name"]


def test_a_card_tells_of_the_stage_before(config, tmp_path):
    _, card_path = published(config, tmp_path)
    digest = sha256(card_path.with_suffix(".safetensors"))
    (tmp_path / "progress.json").write_text(json.dumps({"steps": 5, "minutes": 1.0, "startedFrom": digest}))
    facts = training_facts(tmp_path, config, card_path)
    assert facts["steps"] == 5 and facts["before"]["hardware"] == "test"
    with pytest.raises(ValueError, match="--before"):
        training_facts(tmp_path, config)


def test_a_run_of_another_split_is_not_published(tmp_path):
    """Its card would call places held out that it learnt from."""
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"name": "hrnet-buildings", "data": {"split": "within"}}))
    with pytest.raises(ValueError, match="within"):
        publish_buildings(tmp_path, [], [], tmp_path, tmp_path, tmp_path / "models", "last")
    assert not (tmp_path / "models").exists()
