"""The grids of a prepared scene: views, and a truth exactly twice as fine.

Sentinel-2 at 10 m against PlanetScope at 4.777 m is 2.093, not 2. Two ways
to make it 2, both with the grids' upper-left corners in one point:

scene: the paper's coordinate system. The truth keeps its pixels (4.777 m in
EPSG:3857) and the views are resampled to 9.555 m. On the ground both shrink
with the cosine of the latitude: 9.55 and 4.78 m at the equator, 5.8 and
2.9 m at 52 degrees.

utm: as Supertile is used. The views keep the 10 m pixels of Sentinel-2
wherever the product lies in the scene's UTM zone, and the truth is resampled
to 5 m. On the ground 10 and 5 m everywhere.
"""

import math
from dataclasses import dataclass

import numpy as np
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform as transform_points
from rasterio.warp import transform_bounds

from .mosaics import Mosaics

KINDS = ("scene", "utm")
SNAP = 20.0  # metres: the corners of all Sentinel-2 tiles are multiples of it


@dataclass
class Grid:
    """North-up square pixels of the views: upper-left corner and pixel in metres of `crs`, size (height, width)."""

    crs: CRS
    corner: tuple[float, float]
    pixel: float
    size: tuple[int, int]

    @property
    def transform(self) -> Affine:
        return from_origin(*self.corner, self.pixel, self.pixel)

    @property
    def fine(self) -> "Grid":
        """The truth's grid: the same corner, half the pixel."""
        return Grid(self.crs, self.corner, self.pixel / 2, (2 * self.size[0], 2 * self.size[1]))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top in metres."""
        left, top = self.corner
        return left, top - self.pixel * self.size[0], left + self.pixel * self.size[1], top

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """East and north (H,W) of the pixel centres, metres."""
        rows, columns = np.mgrid[0:self.size[0], 0:self.size[1]] + 0.5
        return self.corner[0] + self.pixel * columns, self.corner[1] - self.pixel * rows


def scene_grid(mosaics: Mosaics) -> Grid:
    """Views of two by two PlanetScope pixels."""
    return Grid(mosaics.crs, mosaics.corner, 2 * mosaics.pixel, (mosaics.size[0] // 2, mosaics.size[1] // 2))


def utm_grid(mosaics: Mosaics) -> Grid:
    """The 10 m grid of Sentinel-2 in the UTM zone of the scene's centre, around the whole scene."""
    around = scene_grid(mosaics)
    west, south, east, north = transform_bounds(around.crs, CRS.from_epsg(4326), *around.bounds)
    longitude, latitude = (west + east) / 2, (south + north) / 2
    zone = int((longitude + 180) // 6) % 60 + 1
    crs = CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)
    left, bottom, right, top = transform_bounds(around.crs, crs, *around.bounds, densify_pts=21)
    left, bottom = (math.floor(v / SNAP) * SNAP for v in (left, bottom))
    right, top = (math.ceil(v / SNAP) * SNAP for v in (right, top))
    return Grid(crs, (left, top), 10.0, (round((top - bottom) / 10), round((right - left) / 10)))


def grid_of(mosaics: Mosaics, kind: str) -> Grid:
    return {"scene": scene_grid, "utm": utm_grid}[kind](mosaics)


def inside_scene(grid: Grid, mosaics: Mosaics) -> np.ndarray:
    """(h,w) bool: the pixels of the views whose centres lie in the scene."""
    if grid.crs == mosaics.crs:
        return np.ones(grid.size, bool)
    east, north = grid.centres()
    xs, ys = transform_points(grid.crs, mosaics.crs, east.ravel(), north.ravel())
    left, bottom, right, top = scene_grid(mosaics).bounds
    xs, ys = np.asarray(xs).reshape(grid.size), np.asarray(ys).reshape(grid.size)
    return (xs > left) & (xs < right) & (ys > bottom) & (ys < top)


def ground_pixel(grid: Grid) -> float:
    """How large a pixel of the views is on the ground, metres, in the middle of the scene."""
    if grid.crs.to_epsg() != 3857:
        return grid.pixel
    left, bottom, right, top = grid.bounds
    _, (latitude,) = transform_points(grid.crs, CRS.from_epsg(4326), [(left + right) / 2], [(bottom + top) / 2])
    return grid.pixel * math.cos(math.radians(latitude))
