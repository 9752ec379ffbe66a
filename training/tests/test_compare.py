import json

import pytest
import torch

from supertile_training import compare as c
from supertile_training.evaluation_scenes import scene
from supertile_training.evaluation_set import add_method, write_set
from supertile_training.real_revisits import second_date_rows
from supertile_training.settings import SETTINGS
from supertile_training.targets import check_targets


@pytest.fixture(scope="module")
def scenes(groups):
    return [scene(p, "unseen", 3, SETTINGS["clear"], 48) for p in groups["synthetic"]]


def test_least_squares_is_given_its_best_smoothness(scenes):
    images, smoothness = c.with_best_least_squares([c.classical_images(s.stack) for s in scenes], scenes)
    assert smoothness in c.SMOOTHNESS and set(images[0]) == {"bicubic", "colour_matched", "registered_mean", "least_squares"}
    rows = {r["method"]: r for r in c.method_rows(images, scenes)}
    for other in c.SMOOTHNESS:
        worse = [c.baselines.least_squares(s.stack, other) for s in scenes]
        assert c.mean(c.psnr(w, s.stack.truth) for w, s in zip(worse, scenes)) <= rows["least_squares"]["psnr"] + 1e-6
    assert rows["colour_matched"]["psnr"] >= rows["bicubic"]["psnr"]
    assert "| Least squares |" in c.method_table(list(rows.values()))


def rows_with(**psnr):
    one = lambda p, s: {"psnr": p, "ssim": s}
    ssim = {"bicubic": 0.90}
    return [{"method": m, "psnr": p, "scenes": [one(p, ssim.get(m, 0.95))]} for m, p in psnr.items()]


def targets_of(result):
    return {r["what"]: r["kept"] for r in check_targets(result)}


def test_targets_tell_kept_from_missed():
    result = {
        "methods": rows_with(bicubic=37.0, carn=39.0, srresnet=39.8, least_squares=41.9, highresnet=42.0),
        "views": [{"views": k, "gain": g} for k, g in ((1, 2.7), (2, 4.0), (4, 4.5), (8, 5.0), (16, 5.3))],
        "settings": {"clear": 5.0, "half": 5.2, "clouds": 4.8}, "change": [{"ratio": 1.1}, {"ratio": 1.2}],
    }
    assert all(targets_of(result).values())
    result["views"][4]["gain"] = 4.9
    result["methods"] = rows_with(bicubic=37.0, carn=39.5, srresnet=40.5, least_squares=42.1, highresnet=41.5)
    result["settings"]["clouds"] = 4.2
    result["change"][0]["ratio"] = 1.5
    kept = targets_of(result)
    assert not any(v for k, v in kept.items() if "SSIM" not in k and "shifts up" not in k) and kept["SSIM over bicubic, worst scene"]


def test_best_is_bold_in_the_table_of_the_paper():
    row = {"subset": "test", "scenes": 3, "bicubic": {"psnr": 37.0, "ssim": 0.9}, "srresnet": {"psnr": 39.0, "ssim": 0.97},
           "highresnet": {"psnr": 42.0, "ssim": 0.96}}
    assert c.paper_table([row]).splitlines()[-1] == "| test (3) | 37.00 | 0.9000 | 39.00 | **0.9700** | **42.00** | 0.9600 |"


def test_set_lists_what_was_written(scenes, tmp_path):
    images = [{"bicubic": c.baselines.bicubic(s.stack)} for s in scenes]
    write_set(tmp_path, c.TITLES, list(zip(scenes, images)))
    listing = json.loads((tmp_path / "set.json").read_text())
    assert [s["name"] for s in listing["scenes"]] == ["p0", "p1"] and listing["methods"][0]["id"] == "bicubic"
    for entry in listing["scenes"]:
        assert all((tmp_path / f).exists() for f in [entry["truth"], *entry["views"], *entry["images"].values()])
    with pytest.raises(FileNotFoundError, match="published.tif"):
        add_method(tmp_path, "published", "Published")
    (tmp_path / "p1" / "published.tif").touch()
    add_method(tmp_path, "published", "Published")
    listing = json.loads((tmp_path / "set.json").read_text())
    assert "published" not in listing["scenes"][0]["images"] and listing["scenes"][1]["images"]["published"] == "p1/published.tif"


def test_second_dates_bring_a_real_view(network, groups):
    network = network.float()
    rows = second_date_rows(network, groups["synthetic"])
    network.double()
    assert len(rows) == 2 and rows[0]["one view"] != rows[0]["with the real second date"]
