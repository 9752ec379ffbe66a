"""Finds the products in a folder and decides which take part."""

import os
from datetime import date
from pathlib import Path

from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from .errors import DataError
from .grid import Grid
from .product import METADATA, Product, open_product

DEGREES = CRS.from_epsg(4326)


def product_paths(root: Path) -> list[Path]:
    """The product folders and zips below `root`, at any depth."""
    found = []
    for folder, folders, files in os.walk(root, followlinks=True):
        if Path(folder).suffix.upper() == ".SAFE" or any(f.lower() == METADATA for f in files):
            found.append(Path(folder))
            folders.clear()
        else:
            found += [Path(folder) / f for f in files if f.lower().endswith(".zip")]
    if not found:
        raise DataError(f"{root}: no Sentinel-2 product (.SAFE folder or .zip) in it")
    return sorted(found)


def open_products(root: Path) -> tuple[list[Product], list[tuple[str, str]]]:
    """The readable products, and (path, why not) of the others."""
    products, refused = [], []
    for path in product_paths(root):
        try:
            products.append(open_product(path))
        except DataError as error:
            refused.append((str(path), str(error)))
    return products, refused


def rank(product: Product) -> tuple:
    """Orders versions of one acquisition: by baseline, then by when they were made; N9999 comes before all."""
    baseline = product.baseline if product.baseline != 9999 else -1
    return baseline, product.made, product.uri


def newest_versions(products) -> tuple[list[Product], list[tuple[Product, str]]]:
    """One version of each part of each acquisition, and (product, why not) of the others.

    Products of one acquisition and tile whose datastrips differ are parts
    of the tile, not versions of it.
    """
    best: dict[tuple, Product] = {}
    for product in sorted(products, key=rank):
        best[product.mission, product.sensed, product.orbit, product.tile, product.datastrip] = product
    kept = {id(p) for p in best.values()}
    replaced = []
    for p in products:
        if id(p) not in kept:
            better = best[p.mission, p.sensed, p.orbit, p.tile, p.datastrip]
            replaced.append((p, f"replaced by {better.uri}" if better.uri != p.uri else f"the same as {better.path}"))
    return [p for p in products if id(p) in kept], replaced


def overlaps(product: Product, grid: Grid) -> bool:
    """Whether the product's tile meets the scene, by their boxes of longitude and latitude; it may hold no data there."""
    left, bottom, right, top = degrees(grid.crs, grid.bounds)
    west, south, east, north = degrees(product.crs, product.bounds)
    across = (left < east and west < right) if west < east else (left < east or west < right)  # or over 180 degrees
    return across and bottom < north and south < top


def degrees(crs, bounds):
    """west, south, east, north in degrees."""
    return transform_bounds(crs, DEGREES, *bounds, densify_pts=21)


def choose(products, grid: Grid, start: date, end: date) -> tuple[list[Product], list[tuple[Product, str]], int]:
    """The products of a scene from `start` to `end` inclusive.

    Also (product, why not) of the scene's others, and how many lie elsewhere.
    """
    here = [p for p in products if overlaps(p, grid)]
    outside = [(p, f"outside {start} to {end}") for p in here if not start <= p.sensed.date() <= end]
    kept, replaced = newest_versions([p for p in here if start <= p.sensed.date() <= end])
    return kept, outside + replaced, len(products) - len(here)


def passes(products) -> list[list[Product]]:
    """The products of each overpass (day, satellite and orbit), in time; they are mosaicked."""
    groups: dict[tuple, list[Product]] = {}
    for p in sorted(products, key=lambda p: (p.sensed, p.uri)):
        groups.setdefault((p.sensed.date(), p.mission, p.orbit), []).append(p)
    return list(groups.values())
