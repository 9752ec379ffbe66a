"""The PlanetScope monthly mosaics of a SpaceNet 7 scene: the truth."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS

from .errors import DataError
from .names import is_scene_name, upper_left

_FILE = re.compile(r"global_monthly_(\d{4})_(\d{2})_mosaic_(.+)\.tif", re.IGNORECASE)


@dataclass
class Mosaics:
    """The mosaics of one scene on their common grid.

    months: first day of each month, and its file. corner: upper left, and
    pixel (4.777), in metres of `crs` (EPSG:3857); size (height, width), even.
    """

    name: str
    months: dict[date, Path]
    crs: CRS
    corner: tuple[float, float]
    pixel: float
    size: tuple[int, int]


def scene_folders(root: Path) -> list[Path]:
    """The scenes below `root`, by name."""
    found = sorted(p for p in Path(root).iterdir() if p.is_dir() and is_scene_name(p.name)) if Path(root).is_dir() else []
    if not found:
        raise DataError(f"{root}: no SpaceNet 7 scene folder (L15-0358E-1220N_1433_3310_13, ...) in it; "
                        "give the folder that holds the scenes, such as SN7_buildings_train/train")
    return found


def month_files(folder: Path, start: date, end: date) -> dict[date, Path]:
    """The scene's masked mosaics of the months that `start` to `end` (inclusive) touch."""
    images = folder / "images_masked"
    found = {}
    for path in sorted(images.glob("*.tif")):
        match = _FILE.fullmatch(path.name)
        if match and match[3] == folder.name:
            found[date(int(match[1]), int(match[2]), 1)] = path
    chosen = {m: p for m, p in found.items() if start.replace(day=1) <= m <= end}
    if not chosen:
        have = f"{len(found)} months, {min(found):%Y-%m} to {max(found):%Y-%m}" if found else "no mosaic"
        raise DataError(f"{images}: {have}, none from {start} to {end}; "
                        f"expected global_monthly_{start:%Y_%m}_mosaic_{folder.name}.tif; choose other dates or add the file")
    return chosen


def open_mosaics(folder: Path, start: date, end: date) -> Mosaics:
    """Checks the files and finds their grid.

    Some mosaics have 1023 pixels a side; the common area is kept, less the
    last row or column where their number is odd.
    """
    months = month_files(folder, start, end)
    crs = transform = size = None
    for path in months.values():
        try:
            with rasterio.open(path) as image:
                here = image.crs, image.transform, image.shape
                count, kind = image.count, image.dtypes[0]
        except rasterio.errors.RasterioIOError as error:
            raise DataError(f"{path}: cannot be read ({error}); copy it again") from error
        if count != 4 or kind != "uint8":
            raise DataError(f"{path}: {count} bands of {kind}; expected red, green, blue and alpha as uint8 "
                            "(images_masked of SpaceNet 7)")
        if here[0] is None or here[1].b or here[1].d or here[1].a <= 0 or here[1].a != -here[1].e:
            raise DataError(f"{path}: no north-up grid of square pixels; expected one in EPSG:3857")
        crs, transform, size = (crs, transform, size) if crs else here
        if here[0] != crs or not here[1].almost_equals(transform, 0.01 * transform.a):
            raise DataError(f"{path}: lies on another grid than the scene's other months; copy the file again")
        size = min(size[0], here[2][0]), min(size[1], here[2][1])
    corner = upper_left(folder.name)
    if max(abs(transform.c - corner[0]), abs(transform.f - corner[1])) > transform.a:
        raise DataError(f"{next(iter(months.values()))}: its upper-left corner is {transform.c:.1f}, {transform.f:.1f}, "
                        f"but the name stands for {corner[0]:.1f}, {corner[1]:.1f} (EPSG:3857); is it in the wrong folder?")
    return Mosaics(folder.name, months, crs, (transform.c, transform.f), transform.a, (size[0] // 2 * 2, size[1] // 2 * 2))


def read_mosaic(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(3,H,W) uint8 red, green, blue and (H,W) bool: where the mosaic shows the ground (alpha above 0)."""
    with rasterio.open(path) as image:
        values = image.read(window=((0, size[0]), (0, size[1])))
    return values[:3], values[3] > 0
