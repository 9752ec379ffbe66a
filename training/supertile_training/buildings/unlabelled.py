"""Real Sentinel-2 images without labels: 20 cities on two dates, one scene of fields, patches of all kinds of land."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from ..scenes import CITY_BANDS, CLOUDY, SCALE, read_bands

# The darkest pixels of a place at the ground, reflectance: the images are of the top of the atmosphere (L1C), whose
# haze is taken off by what they have more.
DARKEST = (0.02, 0.03, 0.025)
BRIGHTEST_MEAN = 0.3  # of what is no cloud
LEAST_SIDE = 150
PATCH_BANDS = [2, 1, 0]


def without_haze(image):
    """(3,H,W) -> each band moved so that its darkest half per cent has the reflectance of dark ground."""
    flat = image[:, image.amin(0) > 0]
    low = torch.from_numpy(np.percentile(flat.numpy(), 0.5, axis=1).astype(np.float32))
    return image + (torch.tensor(DARKEST) - low).view(3, 1, 1)


def read_unlabelled(data: Path) -> dict:
    """name -> (3,H,W) reflectance at 10 m, of the clear images."""
    found = {}
    for path in sorted([*(data / "sentinel2-l1c-cities").glob("*.tif"), *(data / "sentinel2-l1c-belgium").glob("*.tif")]):
        if path.stem in CLOUDY:
            continue
        image = read_bands(path, CITY_BANDS)
        if min(image.shape[-2:]) < LEAST_SIDE:
            continue
        image = without_haze(image)
        if float(image.mean()) < BRIGHTEST_MEAN:
            found[path.stem] = image
    return found


def read_patches(data: Path):
    """(n,3,64,64) reflectance at 10 m."""
    with np.load(data / "sentinel2-l2a-patches" / "patches.npz") as file:
        return torch.from_numpy(file["x"][:, PATCH_BANDS].astype(np.float32) / SCALE)


def crops(images: dict, side: int, pixels_each: int, most: int, seed: int) -> list[tuple]:
    """(name, (3,2h,2w)): pieces of at most side x side pixels brought to 5 m, one for so many pixels of an image."""
    dice, made = np.random.default_rng(seed), []
    for name, image in images.items():
        height, width = image.shape[-2:]
        h, w = min(side, height), min(side, width)
        for _ in range(max(1, min(most, round(height * width / pixels_each)))):
            row, column = (int(dice.integers(0, n)) for n in (height - h + 1, width - w + 1))
            piece = image[None, :, row:row + h, column:column + w]
            made.append((name, F.interpolate(piece, scale_factor=2, mode="bicubic", align_corners=False)[0]))
    return made


def sharpened(image, amount: float, sigma: float = 1.2):
    """(3,H,W) plus so much of what a Gaussian takes away: bicubic images at 5 m look like super-resolved ones at 0.5 to 1."""
    reach = int(np.ceil(3 * sigma))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).repeat(3, 1)
    padded = F.pad(image.unsqueeze(0), (reach,) * 4, mode="reflect")
    rows = F.conv2d(padded, taps[:, None, :, None], groups=3)
    return image + amount * (image - F.conv2d(rows, taps[:, None, None, :], groups=3)[0])
