"""What is a building in a map: targets, instances and scores."""

import numpy as np
import pytest

from buildings_miniature import scene, small_config
from supertile_training.buildings.evaluate import Scored, probabilities
from supertile_training.buildings.instances import PolygonRule, components, instances, without_small
from supertile_training.buildings.scores import class_iou, confusion, detection, matches
from supertile_training.buildings.targets import separation
from supertile_training.buildings.train import Run


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
