"""Colours of another sensor: the network that matches them, and a sensor that is not Sentinel-2."""

import torch
from torch import nn

from .shifts import moved

WIDTH = 64
PARAMETERS = 451  # for three bands


class ColourMatching(nn.Module):
    """Two layers of 1 x 1 convolutions (paper section 5.1): Supertile's colours to those of the truth.

    (n,C,H,W) reflectance -> (n,C,H,W) values of the other sensor. What ships
    is the image before it.
    """

    def __init__(self, bands: int = 3):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(bands, WIDTH, 1), nn.ReLU(), nn.Conv2d(WIDTH, bands, 1))

    def forward(self, image):
        return self.layers(image)


# Red, green, blue of the other sensor from reflectance. The gains and offsets bring the mean and spread of
# Sentinel-2 (0.13 0.12 0.09; 0.08) near those of PlanetScope's 8-bit visual product (0.41 0.36 0.26; 0.12);
# broader bands mix colours, and its tone curve bends them.
MIXING = ((0.86, 0.10, 0.04), (0.12, 0.76, 0.12), (0.03, 0.17, 0.80))
GAIN = (1.40, 1.30, 1.15)
OFFSET = (0.12, 0.10, 0.06)
GAMMA = 0.85


def foreign(reflectance):
    """(n,3,H,W) reflectance -> (n,3,H,W) values 0..1 as a PlanetScope-like sensor shows them."""
    mixed = torch.einsum("oi,nihw->nohw", reflectance.new_tensor(MIXING), reflectance)
    scale = lambda values: reflectance.new_tensor(values).view(-1, 1, 1)
    return (mixed * scale(GAIN) + scale(OFFSET)).clamp(0, 1) ** GAMMA


def foreign_truth(truth, reach: float, dice):
    """The truth of another sensor, misaligned by up to `reach` fine pixels: ((n,3,H,W) values, (n,2) shifts)."""
    shift = dice.uniform(-reach, reach, truth.shape[0], 2)
    return foreign(moved(truth, shift).clamp(min=0)), shift
