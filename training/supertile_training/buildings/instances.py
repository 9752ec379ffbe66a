"""From probabilities to single buildings: threshold, seeds, watershed, smallest area."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed


@dataclass(frozen=True)
class PolygonRule:
    """How instances are made.

    A pixel is building where p > threshold. Seeds are the 4-connected
    components of p (1 - separation weight x q) > seed, q the probability of
    the class separation; watershed on -p grows them inside the building
    pixels. A component without a seed is no building. Instances of fewer
    than minAreaPixels pixels are left out.
    """

    threshold: float
    seed: float
    separationWeight: float
    minAreaPixels: int

    def facts(self) -> dict:
        return asdict(self) | {"connectivity": 4}


def components(mask) -> np.ndarray:
    """(H,W) bool -> (H,W) int32 labels of 4-connected components, 0 outside, in the order of their first pixels."""
    return ndimage.label(mask)[0].astype(np.int32)


def without_small(labels: np.ndarray, smallest: int) -> np.ndarray:
    """Labels with the areas under `smallest` pixels set to 0."""
    area = np.bincount(labels.ravel())
    gone = area < smallest
    gone[0] = True
    return np.where(gone[labels], 0, labels)


def instances(building: np.ndarray, separation: np.ndarray, rule: PolygonRule) -> np.ndarray:
    """(H,W) probabilities of the two classes -> (H,W) int32 labels of single buildings."""
    mask = building > rule.threshold
    seeds = components(mask & (building * (1 - rule.separationWeight * separation) > rule.seed))
    grown = watershed(-building, seeds, connectivity=1, mask=mask)
    return without_small(grown.astype(np.int32), rule.minAreaPixels)
