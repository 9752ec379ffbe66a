"""The paper's five inputs (section 4.1.1), made from PlanetScope images: python -m supertile_training.buildings.inputs

An image of 4.78 m is the truth; revisits at twice the pixel are simulated
from it (simulate.py: sub-pixel shifts, the sensor's point spread, noise),
then brought back to its grid:

    bicubic   the anchor, bicubic x2
    sisr      the anchor through SRResNet
    concat4   four revisits, each bicubic x2, 12 channels
    misr      all revisits through HighRes-net
    planet    the image itself

Several draws of the revisits may be kept (`--draws`): all are learnt from,
draw 0 is scored.
"""

import argparse
from pathlib import Path

import torch
from torch.nn import functional as F

from ..evaluate import load_model
from ..network import upsample
from ..settings import CLEAR
from ..simulate import MARGIN, Dice, simulate
from .places import read_places

INPUTS = ("bicubic", "sisr", "concat4", "misr", "planet")
CHANNELS = {name: 12 if name == "concat4" else 3 for name in INPUTS}
VIEWS = (8, 8, 6)  # of each draw
TILE, HALO = 192, 24  # low-resolution pixels: what is computed at once, and its surroundings


def revisits(image, count: int, dice):
    """(3,H,W) reflectance -> views (1,K,3,h,w) and valid, h = ceil(H/2): the whole image, reflected at its borders."""
    height, width = image.shape[-2:]
    down, right = height % 2, width % 2
    fine = F.pad(image.unsqueeze(0), (MARGIN, MARGIN + right, MARGIN, MARGIN + down), mode="reflect")
    stack = simulate(fine, fine, count, CLEAR, dice)
    return stack.views, stack.valid


def in_tiles(run, views, valid):
    """run(views, valid) -> (1,C,2h,2w), computed in tiles with a halo."""
    h, w = views.shape[-2:]
    rows = []
    for top in range(0, h, TILE):
        row = []
        for left in range(0, w, TILE):
            y, x = max(0, top - HALO), max(0, left - HALO)
            window = (..., slice(y, top + TILE + HALO), slice(x, left + TILE + HALO))
            image = run(views[window], valid[window])
            keep = min(TILE, h - top), min(TILE, w - left)
            row.append(image[..., 2 * (top - y):2 * (top - y + keep[0]), 2 * (left - x):2 * (left - x + keep[1])])
        rows.append(torch.cat(row, dim=-1))
    return torch.cat(rows, dim=-2)


@torch.no_grad()
def super_resolved(image, count: int, seed: int, misr, sisr) -> dict:
    """One draw of every input but planet: name -> (C,H,W) reflectance."""
    height, width = image.shape[-2:]
    views, valid = revisits(image, count, Dice(seed))
    each = upsample(views[0, :4])
    out = {"bicubic": each[0], "concat4": each.flatten(0, 1),
           "sisr": in_tiles(sisr, views[:, :1], valid[:, :1])[0], "misr": in_tiles(misr, views, valid)[0]}
    return {name: value[..., :height, :width].clamp(min=0).to(torch.float16) for name, value in out.items()}


def make_inputs(data: Path, models: Path, out: Path, draws: int):
    """One file a draw: {name of image: {input: (C,H,W) float16}}. Draws that exist are kept."""
    images = read_places(data)
    misr = load_model(models / "highresnet-rgb-x2.json")
    sisr = load_model(models / "comparison" / "srresnet-rgb-x2.json")
    out.mkdir(parents=True, exist_ok=True)
    for draw, count in enumerate(VIEWS[:draws]):
        path = out / f"draw{draw}.pt"
        if path.exists():
            continue
        made = {i.name: super_resolved(i.image, count, 1000 * draw + n, misr, sisr) for n, i in enumerate(images)}
        torch.save(made, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
        print(path, flush=True)


def load_inputs(folder: Path) -> list[dict]:
    return [torch.load(path, weights_only=True) for path in sorted(folder.glob("draw*.pt"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--models", type=Path, default=Path("../models"))
    parser.add_argument("--out", type=Path, required=True, help="folder for the draws")
    parser.add_argument("--draws", type=int, default=len(VIEWS))
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    make_inputs(args.data, args.models, args.out, args.draws)


if __name__ == "__main__":
    main()
