"""Bright ground: python -m supertile_training.bright --model ../models/highresnet-rgb-x2.json [--weights W ...]

Grey ground with a Gaussian texture, seen as the evaluation's clear revisits
without gains and offsets. RMSE against the truth of one view, of eight, and
of bicubic, and the pattern of two by two pixels that eight views print: the
largest mean error of one of its four places.
"""

import argparse
from pathlib import Path

import torch
from torch.nn import functional as F

from .compare import rows_table
from .evaluate import load_model
from .network import upsample
from .settings import CLEAR
from .simulate import MARGIN, Dice, simulate
from .weights import load_weights

SIDE = 128  # fine pixels
BORDER = 8

# Reflectance, texture (of that), its blobs in fine pixels.
GROUNDS = {
    "concrete 0.42, texture 4 %": (0.42, 0.04, 1.0),
    "salt 0.75, texture 5 %": (0.75, 0.05, 1.0),
    "snow 0.93, texture 3 %": (0.93, 0.03, 1.0),
    "snow 0.9, smooth texture 3 %": (0.9, 0.03, 2.0),
    "even, 0.3": (0.3, 0.0, 1.0),
    "even, 0.8": (0.8, 0.0, 1.0),
    "even, 1.3": (1.3, 0.0, 1.0),
}


def ground(level: float, texture: float, blob: float, seed: int = 3):
    """(1,3,SIDE+2m,SIDE+2m) reflectance, the same in all bands."""
    side, reach = SIDE + 2 * MARGIN, int(3 * blob) + 1
    noise = torch.randn(1, 1, side, side, generator=torch.Generator().manual_seed(seed))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / blob) ** 2)
    smooth = F.conv2d(F.conv2d(noise, taps.view(1, 1, -1, 1), padding="same"), taps.view(1, 1, 1, -1), padding="same")
    smooth = (smooth - smooth.mean()) / smooth.std()
    return (level * (1 + texture * smooth)).clamp(min=0.001).expand(1, 3, -1, -1)


def pattern(error) -> float:
    means = [error[..., row::2, column::2].mean((-2, -1)) for row in (0, 1) for column in (0, 1)]
    return max(float((m - error.mean((-2, -1))).abs().max()) for m in means)


@torch.no_grad()
def bright_rows(network) -> list[dict]:
    """Reflectance errors on each ground."""
    setting = CLEAR | {"gain": 0.0, "offset": 0.0}
    inside = (..., slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    rows = []
    for name, what in GROUNDS.items():
        fine = ground(*what)
        one, eight = (simulate(fine, fine, count, setting, Dice(5)) for count in (1, 8))
        errors = [(image - stack.truth)[inside] for image, stack in (
            (upsample(eight.views[:, 0]), eight), (network(one.views, one.valid), one), (network(eight.views, eight.valid), eight))]
        scores = [round(float(e.square().mean().sqrt()), 4) for e in errors]
        rows.append({"ground": name, **{k: f"{v:.4f}" for k, v in zip(("bicubic", "one view", "eight views"), scores)},
                     "pattern": f"{pattern(errors[2]):.4f}"})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("../models/highresnet-rgb-x2.json"))
    parser.add_argument("--weights", type=Path, nargs="*", default=[], help="others of the same network to look at beside them")
    args = parser.parse_args()
    network = load_model(args.model)
    print(rows_table(bright_rows(network)))
    for weights in args.weights:
        print(f"\n{weights}\n\n{rows_table(bright_rows(load_weights(network, weights).eval()))}")


if __name__ == "__main__":
    main()
