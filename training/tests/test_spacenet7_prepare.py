"""The miniature prepared: every pixel against the field that was painted."""

import json
from datetime import date

import numpy as np
import pytest
import torch
from rasterio.crs import CRS
from rasterio.warp import transform
from spacenet7_miniature import BASE, EAST, MERCATOR, RECIPES, SOUTH
from spacenet7_miniature import paint, write_jp2, write_miniature, write_mosaic, write_product

from supertile_training.spacenet7.__main__ import main
from supertile_training.spacenet7.grid import Grid
from supertile_training.spacenet7.prepare import prepare
from supertile_training.spacenet7.scene import load_scene, load_scenes


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_miniature(tmp_path_factory.mktemp("spacenet7"))


def run(root, out, **more):
    return prepare(root / "scenes", root / "products", out, say=lambda text: None, **more)


@pytest.fixture(scope="module")
def prepared(root):
    """The folder, the tables by scene, and the problems."""
    tables, problems = run(root, root / "out")
    return root / "out", {t["scene"]: t for t in tables}, problems


def grid_of(table) -> Grid:
    return Grid(CRS.from_string(table["crs"]), tuple(table["corner"]), table["pixel"], tuple(table["size"]))


def painted(grid: Grid) -> np.ndarray:
    """(3,h,w) reflectance at the pixel centres of a grid."""
    east, north = grid.centres()
    if grid.crs != MERCATOR:
        east, north = (np.reshape(v, grid.size) for v in transform(grid.crs, MERCATOR, east.ravel(), north.ravel()))
    return np.stack([paint(east, north, band) for band in BASE])


def shift_of(image, expected) -> tuple[float, float]:
    """How far `image` lies (down, right) of `expected`, pixels, by least squares on the gradient; (3,h,w) each."""
    inside = (slice(None), slice(2, -2), slice(2, -2))
    gradients = [-np.gradient(expected, axis=a)[inside].ravel() for a in (1, 2)]
    moved = np.linalg.lstsq(np.stack(gradients, 1), (image - expected)[inside].ravel(), rcond=None)[0]
    return tuple(moved)


@pytest.mark.parametrize("name", [EAST, SOUTH])
def test_views_are_the_painted_ground(prepared, name):
    out, tables, _ = prepared
    scene, expected = load_scene(out / f"{name}.npz"), painted(grid_of(tables[name]))
    assert scene.size == tuple(tables[name]["size"]) == ((64, 64) if name == EAST else (63, 64))
    for view, known, day in zip(scene.views.numpy(), scene.known.numpy(), scene.dates):
        error = np.abs(view - expected)[:, known]
        assert error.max() < 2e-4, f"{day}: {error.max()}"
        if known.all():
            assert np.abs(shift_of(view, expected)).max() < 0.01


@pytest.mark.parametrize("name", [EAST, SOUTH])
def test_the_truth_keeps_its_pixels_and_lies_on_the_views(prepared, name):
    out, tables, _ = prepared
    scene, grid = load_scene(out / f"{name}.npz"), grid_of(tables[name])
    month = scene.months.index(date(2020, 1, 1)) if name == SOUTH else 0
    truth = scene.truth(month).numpy() / 2
    assert np.abs(truth - painted(grid.fine)).max() < 0.6 / 255 / 2
    low = torch.nn.functional.avg_pool2d(torch.from_numpy(truth), 2).numpy()
    assert np.abs(np.array(shift_of(low, scene.views[0].numpy()))).max() < 0.02


def test_both_months_are_truths_and_alpha_masks_them(prepared):
    scene = load_scene(prepared[0] / f"{EAST}.npz")
    assert scene.months == [date(2019, 12, 1), date(2020, 1, 1)]
    assert scene.truth_valid(0).all() and scene.truth_valid(1).sum() == 128 ** 2 - 16 ** 2
    assert not scene.truth_valid(1)[:16, :16].any()
    assert scene.truth(1)[:, :16, :16].max() == 0
    assert abs(float((scene.truth(0) - scene.truth(1))[:, 16:].mean()) - 0.02) < 2e-3


def revisit(table, day) -> dict:
    return next(r for r in table["revisits"] if r["date"] == day)


def test_the_table_of_revisits(prepared):
    table = prepared[1][EAST]
    days = {"2019-12-05": ["old"], "2019-12-10": ["new"], "2019-12-15": ["east", "west"], "2019-12-20": ["cloudy"],
            "2019-12-25": ["hazy"], "2020-01-01": ["half"], "2020-01-09": ["north", "south"]}
    assert {r["date"]: sorted(r["products"]) for r in table["revisits"]} == {
        d: sorted(f"{RECIPES[n].uri}.SAFE" for n in names) for d, names in days.items()}
    assert [r["date"] for r in table["revisits"] if not r["usable"]] == ["2019-12-20", "2020-01-01"]
    cloudy, half, hazy = (revisit(table, d) for d in ("2019-12-20", "2020-01-01", "2019-12-25"))
    assert abs(cloudy["masked"] - 0.7) < 0.05 and cloudy["covered"] == 1
    assert cloudy["whyNot"].startswith(f"clear over {cloudy['clear']:.0%} of the scene, less than 50%")
    assert 0.5 < half["covered"] < 0.6 and f"data over {half['covered']:.0%}" in half["whyNot"]
    assert abs(hazy["clear"] - 0.8) < 0.05 and abs(hazy["clearByMask"]["supertile"] - 0.35) < 0.05
    assert revisit(table, "2019-12-15")["clear"] == 1 and revisit(table, "2019-12-15")["baselines"] == ["02.13", "05.00"]
    assert revisit(table, "2020-01-09")["clear"] == 1 and revisit(table, "2019-12-05")["whyNot"] == ""
    assert (table["usable"], table["total"], table["elsewhere"]) == (5, 7, 2)
    assert (table["paperRow"], table["fixedSplit"], table["months"]) == (7, "train", ["2019-12", "2020-01"])


def test_products_that_take_no_part_are_listed_with_the_reason(prepared):
    left_out = {r["product"]: r["whyNot"] for r in prepared[1][EAST]["leftOut"]}
    assert left_out == {f"{RECIPES['late'].uri}.SAFE": "outside 2019-12-01 to 2020-01-31",
                        f"{RECIPES['replaced'].uri}.SAFE": f"replaced by {RECIPES['new'].uri}.SAFE",
                        f"{RECIPES['unofficial'].uri}.SAFE": f"replaced by {RECIPES['new'].uri}.SAFE"}
    problems = prepared[2]
    assert len(problems) == 2 and any("not a readable zip" in p for p in problems) and any("MSIL1C" in p for p in problems)
    summary = json.loads((prepared[0] / "table.json").read_text())
    assert [(s["paperRow"], s["usable"], s["total"]) for s in summary["scenes"]] == [(7, 5, 7), (18, 2, 2)]


def test_clearest_first_and_the_choice_of_the_anchor(prepared):
    scene = load_scene(prepared[0] / f"{EAST}.npz")
    day = lambda order: [scene.dates[i].isoformat()[5:] for i in order]
    assert day(scene.order("paper")) == ["12-05", "12-10", "12-15", "01-09", "12-25"]
    assert day(scene.order("supertile")) == ["12-05", "12-10", "12-15", "01-09"]
    assert day(scene.order("paper", 0, "nearest"))[0] == "12-15" and day(scene.order("paper", 1, "nearest"))[0] == "01-09"
    assert len(scene.order("supertile", usable_only=False)) == 7


def test_started_again_only_what_changed_is_made(root, prepared, tmp_path):
    out = prepared[0]
    before = {p: p.stat().st_mtime_ns for p in out.glob("*.npz")}
    run(root, out)
    assert {p: p.stat().st_mtime_ns for p in out.glob("*.npz")} == before
    (out / f"{SOUTH}.json").unlink()
    run(root, out)
    changed = [p.stem for p in out.glob("*.npz") if p.stat().st_mtime_ns != before[p]]
    assert changed == [SOUTH]
    tables, _ = run(root, tmp_path, start=date(2019, 12, 6), end=date(2019, 12, 12))
    assert [(t["scene"], [r["date"] for r in t["revisits"]]) for t in tables] == [(EAST, ["2019-12-10"])]


def test_on_the_utm_grid_the_views_are_the_products_pixels(root, tmp_path):
    tables, _ = run(root, tmp_path, kind="utm")
    table = next(t for t in tables if t["scene"] == EAST)
    scene, grid = load_scene(tmp_path / f"{EAST}.npz"), grid_of(table)
    assert (table["groundPixel"], table["truthGroundPixel"], grid.crs.to_epsg()) == (10, 5, 32631)
    expected, known = painted(grid), scene.known.numpy()
    same_zone = [i for i, d in enumerate(scene.dates) if d != date(2019, 12, 15)]
    assert all(np.abs(scene.views[i].numpy() - expected)[:, known[i]].max() < 1.01e-4 for i in same_zone)
    other = scene.dates.index(date(2019, 12, 15))
    assert np.abs(scene.views[other].numpy() - expected)[:, known[other]].max() < 3e-4  # from zones 30 and 31
    truth, valid = scene.truth(0).numpy() / 2, scene.truth_valid(0).numpy()
    assert 0.8 < valid.mean() < 1 and np.abs(truth - painted(grid.fine))[:, valid].max() < 0.004  # rounded to 255ths twice
    inside = scene.inside.numpy()
    assert abs(inside.mean() - valid.mean()) < 0.05


def test_a_product_that_cannot_be_decoded_is_left_out_and_tried_again(tmp_path):
    write_mosaic(tmp_path / "scenes", EAST, "2019_12")
    paths = [write_product(tmp_path / "products", RECIPES[n]) for n in ("old", "cloudy")]
    image = next(paths[0].rglob("*_B02_10m.jp2"))
    whole = image.read_bytes()
    image.write_bytes(whole[:100])
    tables, problems = run(tmp_path, tmp_path / "out")
    assert tables[0]["total"] == 1 and len(problems) == 1 and image.name in problems[0] and "cannot be decoded" in problems[0]
    image.write_bytes(whole)
    tables, problems = run(tmp_path, tmp_path / "out")
    assert tables[0]["total"] == 2 and not problems


def test_unclassified_pixels_hold_no_data(tmp_path):
    write_mosaic(tmp_path / "scenes", EAST, "2019_12")
    recipe = RECIPES["old"]
    classes = np.full((50, 50), 4, np.uint8)
    classes[:, :25] = 0
    safe = write_product(tmp_path / "products", recipe)
    write_jp2(safe / f"{recipe.image('SCL')}.jp2", classes, recipe.epsg, recipe.corner, 20)
    tables, _ = run(tmp_path, tmp_path / "out")
    assert abs(tables[0]["revisits"][0]["covered"] - 0.5) < 0.05
    scene = load_scene(tmp_path / "out" / f"{EAST}.npz")
    assert (scene.views[0, :, :, :25] == 0).all() and not scene.valid("paper")[0, :, :25].any()


def test_the_command(root, tmp_path, capsys):
    folders = {"--scenes": root / "scenes", "--products": root / "products", "--out": tmp_path / "out"}
    arguments = ["prepare", *(str(v) for pair in folders.items() for v in pair)]
    assert main(arguments + ["--from", "2019-12-05", "--to", "2019-12-08"]) == 1  # two products cannot be read
    printed = capsys.readouterr().out
    assert f"{EAST}: 1 of 1 revisits usable, 100% clear, truth 2019-12" in printed and "left out:" in printed
    assert [s.name for s in load_scenes(tmp_path / "out", "train")] == [EAST]
    assert main(["prepare", "--scenes", str(tmp_path / "out"), "--products", str(root), "--out", str(tmp_path / "x")]) == 1
    assert "no SpaceNet 7 scene folder" in capsys.readouterr().err
