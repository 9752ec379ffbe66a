"""Building footprints: reflectance, splits, and who may learn from which pixels."""

import numpy as np
import pytest
import torch
from PIL import Image

from buildings_miniature import scene
from supertile_training.buildings.places import (ALL_BUT_TEST, COAST_FRAME, COUNT, FOLDS, HELD_OUT, choosing_areas, labelled,
                                                 learning_areas, read_places, scored_areas)


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


@pytest.mark.parametrize("split", ["within", ALL_BUT_TEST, "places"])
def test_nothing_is_scored_that_was_learnt(split):
    images = [scene(p, p) for p in (*HELD_OUT, "x")]
    learnt = learning_areas(images, split)
    for part in ("validation", "test"):
        for name, area in scored_areas(images, split, part).items():
            assert bool(area.any()) and (name not in learnt or not bool((learnt[name] & area).any()))


def test_once_all_is_chosen_what_chose_teaches_too():
    images = [scene(p, p) for p in (*HELD_OUT, "x")]
    learnt, before = learning_areas(images, ALL_BUT_TEST), learning_areas(images, "within")
    assert all(bool((before[n] <= learnt[n]).all()) and int(learnt[n].sum()) > int(before[n].sum()) for n in before)
    assert scored_areas(images, ALL_BUT_TEST, "validation") == {}
    within = scored_areas(images, "within", "test")
    assert all(torch.equal(area, within[n]) for n, area in scored_areas(images, ALL_BUT_TEST, "test").items())


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
