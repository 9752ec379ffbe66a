"""Crops of labelled images, turned, scaled, recoloured and mixed. Every draw comes from Dice."""

import math

import torch
from torch.nn import functional as F


def window(image, maps, centre, size: int, angle: float, scale: float, flip: bool):
    """A turned and scaled window of an image and its maps.

    image (C,H,W), maps (M,H,W), centre (row, column), angle in radians,
    scale: image pixels a window pixel. Bicubic for the image, bilinear for
    the maps; reflected beyond the borders. Exact (no resampling) where the
    angle is a quarter turn, the scale 1 and the window's centre on the grid.
    """
    height, width = image.shape[-2:]
    steps = (torch.arange(size, dtype=torch.float32) - (size - 1) / 2) * scale
    y, x = steps.view(-1, 1), steps.view(1, -1)
    if flip:
        x = -x
    cos, sin = math.cos(angle), math.sin(angle)
    rows, columns = centre[0] + cos * y + sin * x, centre[1] - sin * y + cos * x
    grid = torch.stack([(2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1], dim=-1).unsqueeze(0)
    sample = lambda z, mode: F.grid_sample(z.unsqueeze(0), grid, mode=mode, padding_mode="reflection", align_corners=False)[0]
    return sample(image, "bicubic"), sample(maps, "bilinear")


def recoloured(image, statistics, other, dice, setting: dict):
    """The colours of another day, sensor or place. image (C,H,W) reflectance, C a multiple of 3.

    statistics and other: (mean, std), each (3,1,1), of the image's place and
    of another: with a chance the bands are moved part of the way from the one to the other.
    """
    c, h, w = image.shape
    x = image.view(c // 3, 3, h, w)
    if bool(dice.chance(setting["style_chance"], 1)):
        part = dice.uniform(0, 1, 1)
        (mean, std), (to_mean, to_std) = statistics, other
        x = (x - mean) * (1 + part * (to_std / std - 1)) + mean + part * (to_mean - mean)
    spread = lambda s, *shape: torch.exp(s * dice.normal(*shape))
    x = x * spread(setting["gain"], 1) * spread(setting["band_gain"], 3, 1, 1)
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * dice.uniform(*setting["saturation"], 1)
    x = x + setting["offset"] * (dice.normal(1) + 0.5 * dice.normal(3, 1, 1))
    centre = x.mean((0, 2, 3), keepdim=True)
    x = centre + (x - centre) * spread(setting["contrast"], 1)
    if bool(dice.chance(setting["gamma_chance"], 1)):
        power = spread(setting["gamma"], 1)
        x = 0.15 * (x.clamp(min=1e-3) / 0.15) ** power
    return x.reshape(c, h, w)


def softened(image, dice, setting: dict):
    """Sometimes a little blur, sometimes a little noise (white, or of the pixel's size of 10 m)."""
    if bool(dice.chance(setting["blur_chance"], 1)):
        sigma = float(dice.uniform(0.3, setting["blur"], 1))
        taps = torch.exp(-0.5 * (torch.arange(-3, 4) / sigma) ** 2)
        taps = (taps / taps.sum()).repeat(image.shape[0], 1)
        padded = F.pad(image.unsqueeze(0), (3, 3, 3, 3), mode="reflect")
        rows = F.conv2d(padded, taps[:, None, :, None], groups=image.shape[0])
        image = F.conv2d(rows, taps[:, None, None, :], groups=image.shape[0])[0]
    if bool(dice.chance(setting["noise_chance"], 1)):
        image = image + float(dice.uniform(0, setting["noise"], 1)) * dice.normal(*image.shape)
    return image


def mixed(images, maps, dice, chance: float):
    """Rectangles of one sample over the next, with their maps (CutMix). images (n,C,H,W), maps (n,M,H,W)."""
    count, _, height, width = images.shape
    if count < 2:
        return images, maps
    images_out, maps_out = images.clone(), maps.clone()
    for k in range(count):
        if bool(dice.chance(chance, 1)):
            rows, columns = dice.integer(height // 4, 3 * height // 4), dice.integer(width // 4, 3 * width // 4)
            top, left = dice.integer(0, height - rows), dice.integer(0, width - columns)
            area = (slice(None), slice(top, top + rows), slice(left, left + columns))
            other = (k + 1) % count
            images_out[k][area], maps_out[k][area] = images[other][area], maps[other][area]
    return images_out, maps_out
