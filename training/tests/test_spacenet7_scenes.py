"""Names, splits, grids and product metadata of the SpaceNet 7 loader."""

from datetime import date

import numpy as np
import pytest
from rasterio.crs import CRS
from spacenet7_miniature import EAST, RECIPES, SOUTH, write_mosaic, write_product

from supertile_training.spacenet7.archive import newest_versions, open_products
from supertile_training.spacenet7.clear import judge
from supertile_training.spacenet7.errors import DataError
from supertile_training.spacenet7.grid import ground_pixel, scene_grid, utm_grid
from supertile_training.spacenet7.mosaics import open_mosaics
from supertile_training.spacenet7.names import PAPER, decode, fixed_split, paper_row, upper_left
from supertile_training.spacenet7.product import open_product
from supertile_training.spacenet7.split import MARGIN, PARTS, Region, checked_region, region_of

WINTER = date(2019, 12, 1), date(2020, 1, 31)


def test_names_are_map_tiles():
    assert decode("L15-1615E-1205N_6460_3370_13") == (6460, 3370)
    assert np.allclose(upper_left("L15-1615E-1205N_6460_3370_13"), (11_564_616.63, 3_551_570.08), atol=0.01)
    assert len({decode(n) for n in PAPER}) == 45
    with pytest.raises(DataError, match="correct the folder's name"):
        decode("L15-1616E-1205N_6460_3370_13")


def test_the_fixed_split_over_scenes():
    assert [PAPER.index(n) + 1 for n in PAPER if fixed_split(n) == "validation"] == [3, 14, 31, 37]
    assert [PAPER.index(n) + 1 for n in PAPER if fixed_split(n) == "test"] == [1, 2, 15, 36]
    assert sum(fixed_split(n) == "train" for n in PAPER) == 36
    assert fixed_split("L15-0595E-1278N_2383_3079_13") is None and paper_row("L15-0595E-1278N_2383_3079_13") == 30
    assert fixed_split("L15-1615E-1205N_6460_3370_13") is None


@pytest.mark.parametrize("size", [(512, 512), (511, 511), (488, 300)])
def test_parts_of_a_scene_stay_apart_with_their_margins(size):
    regions = {p: region_of(size, p) for p in PARTS}
    whole = Region(0, size[0], 0, size[1])
    for a in PARTS:
        inside = regions[a]
        assert inside.top >= 0 and inside.bottom <= whole.bottom and inside.left >= 0 and inside.right <= whole.right
        assert all(not inside.grown(MARGIN).meets(regions[b].grown(MARGIN)) for b in PARTS if b != a)


def test_shares_of_the_split():
    area = {p: np.prod(region_of((500, 500), p, 0).size) / 500 ** 2 for p in PARTS}
    assert area == {"train": 0.8, "validation": 0.1, "test": 0.1}
    assert region_of((500, 500), "validation", 0) == Region(400, 500, 0, 250)
    with pytest.raises(DataError, match="smaller than a patch of 32"):
        checked_region("scene", (64, 64), "test", MARGIN, 32)


def test_grids_have_one_corner_and_a_factor_of_two(tmp_path):
    write_mosaic(tmp_path, SOUTH, "2020_01", size=(127, 128))
    mosaics = open_mosaics(tmp_path / SOUTH, *WINTER)
    assert mosaics.size == (126, 128)
    grid = scene_grid(mosaics)
    assert grid.size == (63, 64) and grid.fine.size == (126, 128) and grid.fine.bounds == grid.bounds
    assert grid.fine.transform.almost_equals(grid.transform.__class__(mosaics.pixel, 0, mosaics.corner[0], 0, -mosaics.pixel,
                                                                      mosaics.corner[1]))
    assert abs(ground_pixel(grid) - 9.5546 * np.cos(np.radians(29.65))) < 0.01
    utm = utm_grid(mosaics)
    assert utm.crs == CRS.from_epsg(32736) and utm.pixel == 10 and ground_pixel(utm.fine) == 5
    assert all(v % 20 == 0 for v in utm.bounds)


def test_mosaics_that_do_not_fit_are_refused_with_what_to_do(tmp_path):
    write_mosaic(tmp_path, EAST, "2019_06")
    with pytest.raises(DataError, match="1 months, 2019-06 to 2019-06, none from 2019-12-01.*choose other dates"):
        open_mosaics(tmp_path / EAST, *WINTER)
    write_mosaic(tmp_path, SOUTH, "2020_01")
    moved = tmp_path / "L15-1200E-0847N_4803_4803_13"
    (tmp_path / SOUTH).rename(moved)
    file = next((moved / "images_masked").iterdir())
    file.rename(file.with_name(file.name.replace(SOUTH, moved.name)))
    with pytest.raises(DataError, match="is it in the wrong folder"):
        open_mosaics(moved, *WINTER)


def test_offsets_are_read_for_each_band_and_only_where_listed(tmp_path):
    new, old = (open_product(write_product(tmp_path, RECIPES[n])) for n in ("new", "old"))
    assert new.offsets == {"B04": -1100, "B03": -900, "B02": -1000} and old.offsets == {"B04": 0, "B03": 0, "B02": 0}
    assert new.quantification == 10_000 and (new.mission, new.baseline, new.orbit, new.tile) == ("S2B", 500, 94, "31UCT")
    assert new.crs == CRS.from_epsg(32631) and new.size == (50, 50) and new.corner == RECIPES["new"].corner


def test_zips_and_folders_are_the_same(tmp_path):
    product = open_product(write_product(tmp_path, RECIPES["west"]))
    assert product.path.suffix == ".zip" and product.images["SCL"].startswith("/vsizip/")


def test_versions_and_parts_are_told_apart(tmp_path):
    for name in ("new", "replaced", "unofficial", "north", "south"):
        write_product(tmp_path, RECIPES[name])
    kept, replaced = newest_versions(open_products(tmp_path)[0])
    assert {p.uri for p in kept} == {f"{RECIPES[n].uri}.SAFE" for n in ("new", "north", "south")}
    assert {why for _, why in replaced} == {f"replaced by {RECIPES['new'].uri}.SAFE"} and len(replaced) == 2


def test_unusable_products_say_what_is_missing(tmp_path):
    safe = write_product(tmp_path, RECIPES["old"])
    image = next(safe.rglob("*_B03_10m.jp2"))
    image.unlink()
    with pytest.raises(DataError, match=f"not there: GRANULE/.*{image.name}; download the product again"):
        open_product(safe)
    (safe / "MTD_MSIL2A.xml").write_text("<a>")
    with pytest.raises(DataError, match="MTD_MSIL2A.xml is no whole XML file"):
        open_product(safe)


def test_clear_shares():
    known, inside = np.ones((10, 10), bool), np.ones((10, 10), bool)
    classes = np.full((10, 10), 4, np.uint8)
    classes[:4], known[8:], inside[:, 9] = 9, False, False
    verdict = judge(known, classes, inside, "paper")
    assert (verdict.covered, verdict.masked, verdict.clear) == (0.8, 0.5, 0.4)
    assert verdict.why_not == "clear over 40% of the scene, less than 50%: data over 80%, 50% of them masked"
    classes[:4] = 8
    assert judge(known, classes, inside, "paper").usable and not judge(known, classes, inside, "supertile").usable
