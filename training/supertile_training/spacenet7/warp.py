"""Products cropped to a scene and resampled to its grid."""

import math
import warnings

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin
from rasterio.warp import Resampling, reproject, transform_bounds

from .errors import DataError
from .grid import Grid
from .product import BANDS, Product

PAD = 5  # 20 m pixels around the scene, for the kernels
CEILING = 32_767  # counts from here on are saturated (15 bits)


def resample(values, crs, transform, grid: Grid, how: Resampling, nodata) -> np.ndarray:
    """values (n,y,x) to (n,h,w) on the grid, `nodata` where there is nothing."""
    out = np.full((len(values), *grid.size), nodata, values.dtype)
    reproject(values, out, src_transform=transform, src_crs=crs, src_nodata=nodata,
              dst_transform=grid.transform, dst_crs=grid.crs, dst_nodata=nodata, resampling=how, tolerance=0)
    return out


def resample_smooth(values, known, crs, transform, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Cubic: values (n,y,x) float32 and known (y,x) bool to (n,h,w) and (h,w) on the grid.

    Known are the pixels whose whole kernel was; elsewhere the values are 0.
    Where the grid is coarser the kernel widens with it.
    """
    out = resample(np.where(known, values, np.float32(0)), crs, transform, grid, Resampling.cubic, np.float32("nan"))
    # The B-spline reaches as far as the cubic kernel, but has no negative weights that cancel.
    share = resample(known[None].astype(np.float32), crs, transform, grid, Resampling.cubic_spline, np.float32(-9))[0]
    seen = (share > 1 - 2e-6) & np.isfinite(out).all(0)
    return np.where(seen, out, np.float32(0)), seen


def crop_of(product: Product, grid: Grid) -> tuple[int, int, int, int] | None:
    """First and last + 1 row, first and last + 1 column (20 m pixels) of the product around the scene."""
    left, bottom, right, top = transform_bounds(grid.crs, product.crs, *grid.bounds, densify_pts=21)
    row, column = (product.corner[1] - top) / 20, (left - product.corner[0]) / 20
    last_row, last_column = (product.corner[1] - bottom) / 20, (right - product.corner[0]) / 20
    rows = max(0, math.floor(row) - PAD), min(product.size[0], math.ceil(last_row) + PAD)
    columns = max(0, math.floor(column) - PAD), min(product.size[1], math.ceil(last_column) + PAD)
    return (*rows, *columns) if rows[0] < rows[1] and columns[0] < columns[1] else None


def read_crop(product: Product, band: str, crop, finer: int) -> np.ndarray:
    """The cropped counts of one image whose pixels are 20 m / `finer`."""
    name = product.images[band]
    top, bottom, left, right = (n * finer for n in crop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(name) as image:
                expected = tuple(n * finer for n in product.size)
                if image.shape != expected:
                    raise DataError(f"{name}: {image.shape[0]} x {image.shape[1]} pixels, but MTD_TL.xml states "
                                    f"{expected[0]} x {expected[1]}; download the product again")
                return image.read(1, window=((top, bottom), (left, right)))
    except rasterio.errors.RasterioError as error:
        raise DataError(f"{name}: cannot be decoded ({error}); download the product again") from error


def read_part(product: Product, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """One product on the grid: (reflectance (3,h,w) float32, known (h,w) bool, scene classes (h,w) uint8).

    Red, green, blue. None where the product holds no data in the scene.
    """
    crop = crop_of(product, grid)
    if crop is None:
        return None
    counts = np.stack([read_crop(product, band, crop, 2) for band in BANDS])
    known = ((counts > 0) & (counts < CEILING)).all(0)
    if not known.any():
        return None
    offsets = np.array([product.offsets[b] for b in BANDS], np.float32).reshape(3, 1, 1)
    reflectance = (counts.astype(np.float32) + offsets) / np.float32(product.quantification)
    west, north = product.corner[0] + 20 * crop[2], product.corner[1] - 20 * crop[0]
    reflectance, known = resample_smooth(reflectance, known, product.crs, from_origin(west, north, 10, 10), grid)
    classes = read_crop(product, "SCL", crop, 1)[None].astype(np.uint8)
    classes = resample(classes, product.crs, from_origin(west, north, 20, 20), grid, Resampling.nearest, 0)[0]
    known &= classes > 0
    reflectance *= known
    return (reflectance, known, classes) if known.any() else None


def mosaic(parts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts of one overpass as one: the part that covers most first, the others where it has no data."""
    parts = sorted(parts, key=lambda part: -int(part[1].sum()))
    reflectance, known, classes = (a.copy() for a in parts[0])
    for values, seen, scl in parts[1:]:
        new = seen & ~known
        reflectance[:, new], classes[new] = values[:, new], scl[new]
        known |= new
    return reflectance, known, classes
