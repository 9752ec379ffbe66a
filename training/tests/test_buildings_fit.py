"""Where errors come from: what is learnt image by image, and thresholds of single images."""

import numpy as np
import pytest

from supertile_training.buildings.evaluate import Scored
from supertile_training.buildings.fit import expected_dice_threshold, fitted, own_thresholds
from supertile_training.buildings.instances import PolygonRule
from supertile_training.buildings.places import labelled


def test_the_expected_dice_threshold_is_the_best_of_all():
    generator = np.random.default_rng(3)
    for _ in range(20):
        p = generator.beta(0.4, generator.uniform(0.5, 4), 200)
        chosen = expected_dice_threshold(p)
        expected = lambda t: 2 * p[p > t].sum() / ((p > t).sum() + p.sum())
        assert expected(chosen) == pytest.approx(max(expected(t) for t in np.append(np.sort(p)[:-1], 0.0)))
    # Where the network is sure, what it is sure of: nothing between is closer to one than to the other.
    assert expected_dice_threshold(np.array([[1.0, 0.0], [1.0, 0.0]])) == 0.5


def test_fit_tells_images_and_parts_apart():
    mask = np.zeros((40, 40), np.uint8)
    mask[:20] = 255
    scene = labelled("one", "one", np.full((40, 40, 3), 90, np.uint16), mask)
    right, wrong = scene.building.numpy().astype(float), 1 - scene.building.numpy().astype(float)
    rule = PolygonRule(0.5, 0.5, 0.0, 1)
    found = fitted([scene], {"one": np.stack([right, 0 * right])}, 0.5, rule)
    assert [found[s][2]["one"]["mean"] for s in ("train", "validation", "test")] == [1, 0.5, 0.5]  # no building below
    assert found["train"][1] == 1
    assert fitted([scene], {"one": np.stack([wrong, wrong])}, 0.5, rule)["train"][0]["building"] == 0
    scored = Scored([scene], {"one": scene.valid})
    thresholds, together = own_thresholds(scored, {"one": np.stack([0.2 + 0.1 * right, right])})
    assert 0.2 < thresholds["one"] < 0.3 and together["mean"] == 1
