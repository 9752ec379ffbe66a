"""Score a building network: probabilities of whole images, the rule that suits validation, and the tables' numbers."""

import itertools
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from ..device import asked
from .batches import box
from .instances import PolygonRule, components, instances, without_small
from .places import Labelled
from .scores import class_iou, confusion, detection, matches

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)  # of the pixel map
RULE_THRESHOLDS = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
SEEDS_ABOVE = (0.0, 0.1, 0.2)  # over the rule's threshold
SEPARATION_WEIGHTS = (0.0, 0.5, 1.0)
SMALLEST = (3, 4, 6, 8, 10)


@torch.no_grad()
def probabilities(network, normalised, image) -> np.ndarray:
    """(C,H,W) reflectance -> (2,H,W): building, separation. The image is continued by reflection to multiples of 16."""
    height, width = image.shape[-2:]
    x = normalised(image.float().unsqueeze(0))
    x = F.pad(x, (0, -width % 16, 0, -height % 16), mode="reflect")
    return asked(network, x)[0, :, :height, :width].sigmoid().numpy()


def input_of(draw: dict, image: Labelled, kind: str):
    return image.image if kind == "planet" else draw[image.name][kind]


def maps_of(network, normalised, images: list[Labelled], names, draw: dict, kind: str) -> dict:
    """name of image -> (2,H,W) probabilities."""
    return {i.name: probabilities(network.eval(), normalised, input_of(draw, i, kind)) for i in images if i.name in names}


class Scored:
    """The true buildings inside the scored areas, and what maps of them are worth."""

    def __init__(self, images: list[Labelled], areas: dict):
        self.boxes = {name: box(area) for name, area in areas.items()}
        self.areas = {name: area.numpy()[self.boxes[name]] for name, area in areas.items()}
        self.truth = {i.name: i.building.numpy()[self.boxes[i.name]] & self.areas[i.name] for i in images if i.name in areas}
        self.labels = {name: components(t) for name, t in self.truth.items()}

    def inside(self, maps: dict, name: str) -> np.ndarray:
        """(2,h,w) probabilities of the box of the scored area, 0 outside the area."""
        return maps[name][(slice(None), *self.boxes[name])] * self.areas[name]

    def pixels(self, maps: dict, threshold: float, names=None) -> dict:
        counts = [confusion(self.inside(maps, n)[0] > threshold, self.truth[n], self.areas[n]) for n in names or self.areas]
        return class_iou(sum(counts))

    def found(self, maps: dict, rule: PolygonRule, names=None) -> dict:
        """name -> labels of the buildings that the rule finds."""
        return {n: instances(*self.inside(maps, n), rule) for n in names or self.areas}

    def matched(self, found: dict) -> dict:
        """Micro scores (summed over images) and the mean of the F1 of images with buildings."""
        rows = [matches(labels, self.labels[n]) for n, labels in found.items()]
        per_image = [detection(*r)["f1"] for r in rows if r[0] + r[2] > 0]
        return detection(*(sum(c) for c in zip(*rows))) | {"f1PerImage": float(np.mean(per_image)) if per_image else 0.0}

    def buildings(self, maps: dict, rule: PolygonRule, names=None) -> dict:
        return self.matched(self.found(maps, rule, names))

    def best_threshold(self, maps: dict) -> float:
        """The threshold with the highest mean IoU. For validation parts alone."""
        return max(THRESHOLDS, key=lambda t: self.pixels(maps, t)["mean"])

    def best_rule(self, maps: dict) -> PolygonRule:
        """The rule with the highest micro F1. For validation parts alone."""
        best, score = None, -1.0
        for t, above, weight in itertools.product(RULE_THRESHOLDS, SEEDS_ABOVE, SEPARATION_WEIGHTS):
            rule = PolygonRule(t, round(t + above, 3), weight, 1)
            whole = self.found(maps, rule)
            for smallest in SMALLEST:
                f1 = self.matched({n: without_small(labels, smallest) for n, labels in whole.items()})["f1"]
                if f1 > score:
                    best, score = replace(rule, minAreaPixels=smallest), f1
        return best

    def quick(self, maps: dict) -> dict:
        """For checkpoints: mean IoU at its best threshold, F1 at the best of a few rules."""
        threshold = self.best_threshold(maps)
        rules = [PolygonRule(t, s, 0.5, 4) for t in (0.3, 0.4, 0.5) for s in (t, t + 0.1)]
        return {"iou": round(self.pixels(maps, threshold)["mean"], 4), "threshold": threshold,
                "f1": round(max(self.buildings(maps, r)["f1"] for r in rules), 4)}
