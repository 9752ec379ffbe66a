"""What the network learns from a building mask."""

import numpy as np
import torch
from scipy import ndimage

from .instances import components

REACH = 2  # pixels: two buildings closer than twice this are to be kept apart


def separation(building: np.ndarray) -> np.ndarray:
    """(H,W) bool -> (H,W) bool: background pixels within REACH (3 x 3 steps) of two different buildings."""
    labels = components(building)
    far = labels.max() + 1
    size = 2 * REACH + 1
    highest = ndimage.maximum_filter(labels, size)
    lowest = ndimage.minimum_filter(np.where(labels > 0, labels, far), size)
    return ~building & (lowest < far) & (highest != lowest)


def target_maps(building: torch.Tensor) -> torch.Tensor:
    """(H,W) bool -> (2,H,W) float: building, separation."""
    mask = building.numpy()
    return torch.from_numpy(np.stack([mask, separation(mask)]).astype(np.float32))
