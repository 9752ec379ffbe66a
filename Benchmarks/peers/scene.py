"""The input of the comparison: views that look like reflectance, the same on every machine."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from torch import from_numpy
from torch.nn import functional as F

SEED = 20220727
NOISE = 0.0015  # reflectance
SHIFTS = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (2, 3), (3, 2))  # half low-resolution pixels
DETAIL = ((48, 0.03), (20, 0.02), (8, 0.02), (3, 0.015))  # cell in pixels and its weight in reflectance


def smooth_field(random: np.random.Generator, bands: int, side: int) -> np.ndarray:
    """(bands, side, side) reflectance around 0.12 with detail at several scales."""
    field = np.full((bands, side, side), 0.12, np.float32)
    for cell, weight in DETAIL:
        count = side // cell + 2
        coarse = random.standard_normal((1, bands, count, count)).astype(np.float32)
        fine = F.interpolate(from_numpy(coarse), size=(side, side), mode="bicubic", align_corners=False)
        field += weight * fine[0].numpy()
    return np.clip(field, 0.005, 1)


def views_of(random: np.random.Generator, fine: np.ndarray, side: int) -> np.ndarray:
    """(8, bands, side, side): the field seen at half its resolution with a shift and noise of every view's own."""
    views = []
    for row, column in SHIFTS:
        part = fine[:, row : row + 2 * side, column : column + 2 * side]
        low = part.reshape(len(fine), side, 2, side, 2).mean(axis=(2, 4))
        views.append(low + NOISE * random.standard_normal(low.shape))
    return np.stack(views).astype(np.float32)


def normalised_stack(card: dict, side: int) -> dict[str, np.ndarray]:
    """`views` (8, 3, side, side) and `reference` (3, side, side), the first view, in the network's units."""
    random = np.random.default_rng(SEED)
    mean, std = (np.array(card["normalisation"][k], np.float32)[:, None, None] for k in ("mean", "std"))
    fine = smooth_field(random, len(mean), 2 * side + 2 * max(max(s) for s in SHIFTS))
    views = np.ascontiguousarray((views_of(random, fine, side) - mean) / std)
    return {"views": views, "reference": views[0].copy()}


def write_stack(stack: dict[str, np.ndarray], path: Path) -> None:
    """The file that `supertile bench --input` reads."""
    save_file(stack, str(path))


def digital_numbers(bands: int, side: int) -> np.ndarray:
    """(1, bands, side, side): one image as Sentinel-2 products give it, reflectance x 10000."""
    return 10000 * smooth_field(np.random.default_rng(SEED), bands, side)[None]
