"""The evaluation stacks as GeoTIFFs: python -m supertile_training.wald_set --data D --out DIR

Per held-out city: view_00.tif (the anchor) to view_07.tif and truth.tif
(uint16, reflectance x 10000, bands red, green, blue, no data 0), and
mask_00.tif to mask_07.tif (uint8, 1 = masked, 0 = clear). Views and masks
are 20 m, the truth 10 m, with the same upper-left corner in UTM.
The stacks are those that `evaluate` scores with as many views.
"""

import argparse
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin

from .evaluate import evaluation_stack
from .scenes import SCALE, held_out
from .settings import SETTINGS

# UTM zone (EPSG) and an upper-left corner in it, metres.
GRIDS = {
    "montpellier": (32631, 570_000, 4_830_000),
    "pisa": (32632, 610_000, 4_845_000),
    "beihai": (32649, 310_000, 2_385_000),
    "rio": (32723, 660_000, 7_460_000),
}


def write_tiff(path: Path, values: np.ndarray, pixel: float, grid, nodata=None):
    """values (bands,H,W) as a compressed GeoTIFF with square pixels of `pixel` metres."""
    epsg, east, north = grid
    bands, height, width = values.shape
    with rasterio.open(path, "w", driver="GTiff", height=height, width=width, count=bands, dtype=values.dtype,
                       crs=CRS.from_epsg(epsg), transform=from_origin(east, north, pixel, pixel), nodata=nodata,
                       compress="deflate", tiled=True, blockxsize=256, blockysize=256,
                       **({"photometric": "RGB"} if bands == 3 else {})) as image:
        image.write(values)


def counts_of(reflectance, valid=None) -> np.ndarray:
    """(3,H,W) reflectance as uint16 counts; 0 is kept for no data."""
    counts = (reflectance * SCALE).round().clamp(1, 65_535)
    if valid is not None:
        counts = counts.masked_fill(~valid & (reflectance.amax(0) == 0), 0)
    return counts.numpy().astype(np.uint16)


def write_city(place, folder: Path, count: int, setting: dict):
    folder.mkdir(parents=True, exist_ok=True)
    grid = GRIDS[place.name]
    stack = evaluation_stack(place, count, setting)
    write_tiff(folder / "truth.tif", counts_of(stack.truth[0]), 10.0, grid, 0)
    for k in range(count):
        write_tiff(folder / f"view_{k:02d}.tif", counts_of(stack.views[0, k], stack.valid[0, k]), 20.0, grid, 0)
        mask = (~stack.valid[0, k]).numpy().astype(np.uint8)[None]
        write_tiff(folder / f"mask_{k:02d}.tif", mask, 20.0, grid)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--views", type=int, default=8)
    parser.add_argument("--setting", choices=list(SETTINGS), default="clear",
                        help="clear; hard (clouds, imperfect masks, second date); raw (radiometry not harmonised)")
    args = parser.parse_args()
    for place in held_out(args.data):
        write_city(place, args.out / place.name, args.views, SETTINGS[args.setting])


if __name__ == "__main__":
    main()
