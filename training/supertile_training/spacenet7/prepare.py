"""Crops the products to the scenes, once: pixels and a table of revisits for each scene."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import torch
from rasterio.transform import from_origin

from .archive import choose, open_products, passes
from .clear import MASKS, USABLE, judge
from .errors import DataError
from .grid import Grid, grid_of, ground_pixel, inside_scene
from .mosaics import Mosaics, open_mosaics, read_mosaic, scene_folders
from .names import fixed_split, paper_row
from .scene import Scene, counts_of, save_scene
from .warp import mosaic, read_part, resample_smooth

FIRST, LAST = date(2019, 12, 1), date(2020, 1, 31)


def read_truth(mosaics: Mosaics, path: Path, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """A mosaic on the truth's grid: (3,2h,2w) uint8 and (2h,2w) bool; untouched where that is its own grid."""
    values, valid = read_mosaic(path, mosaics.size)
    fine = grid.fine
    if fine.crs == mosaics.crs:
        return np.where(valid, values, 0), valid
    source = from_origin(*mosaics.corner, mosaics.pixel, mosaics.pixel)
    smooth, valid = resample_smooth(values.astype(np.float32), valid, mosaics.crs, source, fine)
    return np.round(smooth).clip(0, 255).astype(np.uint8), valid


def read_revisits(kept, grid: Grid):
    """The overpasses that hold data in the scene, as (the products, their mosaic (reflectance, known, classes)).

    Also (product, why not) of the products that hold none there, and of
    those that cannot be decoded.
    """
    revisits, empty, broken = [], [], []
    for group in passes(kept):
        parts = []
        for product in group:
            try:
                part = read_part(product, grid)
            except DataError as error:
                broken.append((product, str(error)))
                continue
            if part is None:
                empty.append((product, "no data in the scene"))
            else:
                parts.append((product, part))
        if parts:
            revisits.append(([p for p, _ in parts], mosaic([part for _, part in parts])))
    return revisits, empty, broken


def row_of(products, known, classes, inside, mask: str) -> dict:
    """One line of the table, as the paper's Appendix Table 1 sums them up."""
    verdict = judge(known, classes, inside, mask)
    return {
        "date": products[0].sensed.date().isoformat(), "satellite": products[0].mission, "orbit": products[0].orbit,
        "products": [p.uri for p in products], "baselines": sorted({f"{p.baseline / 100:05.2f}" for p in products}),
        "covered": round(verdict.covered, 4), "masked": round(verdict.masked, 4), "clear": round(verdict.clear, 4),
        "usable": verdict.usable, "whyNot": verdict.why_not,
        "clearByMask": {m: round(judge(known, classes, inside, m).clear, 4) for m in MASKS},
    }


def summary(rows) -> dict:
    """The sums of the paper's table: usable and total revisits, their share, and how clear they are on average."""
    usable = sum(r["usable"] for r in rows)
    return {"usable": usable, "total": len(rows), "usableShare": round(usable / max(len(rows), 1), 4),
            "clear": round(sum(r["clear"] for r in rows) / max(len(rows), 1), 4)}


def made_before(path: Path, made_of: dict) -> dict | None:
    """The table of a scene that was prepared from the same files in the same way."""
    try:
        table = json.loads(path.with_suffix(".json").read_text())
        return table if path.exists() and table["madeOf"] == made_of else None
    except (OSError, ValueError, KeyError):
        return None


def prepare_scene(folder: Path, products, out: Path, start: date, end: date, kind: str, mask: str):
    """One scene -> (its table, whether it was made now, what is wrong with products that could not be decoded).

    A scene made before of the same files is left as it is.
    """
    mosaics = open_mosaics(folder, start, end)
    grid = grid_of(mosaics, kind)
    kept, left_out, elsewhere = choose(products, grid, start, end)
    made_of = {"from": start.isoformat(), "to": end.isoformat(), "grid": kind, "mask": mask,
               "files": [p.name for p in mosaics.months.values()], "products": sorted(p.uri for p in kept)}
    path = out / f"{folder.name}.npz"
    if table := made_before(path, made_of):
        return table, False, []
    if not kept:
        raise DataError(f"{folder.name}: none of {len(products)} products overlaps the scene from {start} to {end}; "
                        "download the Sentinel-2 L2A products of that place and time")
    revisits, empty, broken = read_revisits(kept, grid)
    if not revisits:
        raise DataError(f"{folder.name}: none of the {len(kept)} products of the scene holds readable data there; "
                        + "; ".join([why for _, why in broken] or ["download products of other orbits"]))
    unread = {p.uri for p, _ in broken}  # tried again next time
    made_of["products"] = [uri for uri in made_of["products"] if uri not in unread]
    inside = inside_scene(grid, mosaics)
    truths = [read_truth(mosaics, p, grid) for p in mosaics.months.values()]
    rows = [row_of(group, known, classes, inside, mask) for group, (_, known, classes) in revisits]
    table = {
        "scene": folder.name, "paperRow": paper_row(folder.name), "fixedSplit": fixed_split(folder.name),
        "months": [f"{m:%Y-%m}" for m in mosaics.months], **summary(rows),
        "crs": grid.crs.to_string(), "corner": list(grid.corner), "size": list(grid.size), "pixel": grid.pixel,
        "groundPixel": round(ground_pixel(grid), 3), "truthGroundPixel": round(ground_pixel(grid.fine), 3), "revisits": rows,
        "leftOut": [{"product": p.uri, "whyNot": why} for p, why in left_out + empty + broken], "elsewhere": elsewhere,
        "madeOf": made_of,
    }
    scene = Scene(
        folder.name, [group[0].sensed.date() for group, _ in revisits],
        torch.from_numpy(np.stack([counts_of(values, known) for _, (values, known, _) in revisits])),
        torch.from_numpy(np.stack([classes for _, (_, _, classes) in revisits])), torch.from_numpy(inside),
        list(mosaics.months), *(torch.from_numpy(np.stack(side)) for side in zip(*truths)))
    save_scene(path, scene, table)
    return table, True, [why for _, why in broken]


def line_of(table: dict) -> str:
    return (f"{table['scene']}: {table['usable']} of {table['total']} revisits usable, {table['clear']:.0%} clear, "
            f"truth {', '.join(table['months'])}, pixels of {table['groundPixel']} and {table['truthGroundPixel']} m")


def prepare(scenes: Path, products: Path, out: Path, start: date = FIRST, end: date = LAST, kind: str = "scene",
            mask: str = "paper", say=print) -> tuple[list[dict], list[str]]:
    """All scenes of a folder: (their tables, what is wrong with the files that could not be used).

    Goes on past what cannot be used; started again it makes only what is
    missing or made of something else. Also writes table.json, one line a scene.
    """
    if start > end:
        raise DataError(f"from {start} to {end}: ends before it starts")
    folders = scene_folders(scenes)
    opened, refused = open_products(products)
    problems = [why for _, why in refused]
    for why in problems:
        say(f"left out: {why}")
    out.mkdir(parents=True, exist_ok=True)
    tables = []
    for folder in folders:
        try:
            table, made, broken = prepare_scene(folder, opened, out, start, end, kind, mask)
        except DataError as error:
            problems.append(str(error))
            say(f"left out: {error}")
            continue
        tables.append(table)
        problems += broken
        for why in broken:
            say(f"left out: {why}")
        say(line_of(table) + ("" if made else " (made before)"))
    keys = ("paperRow", "scene", "clear", "usable", "total", "usableShare", "fixedSplit")
    (out / "table.json").write_text(json.dumps(
        {"from": start.isoformat(), "to": end.isoformat(), "mask": mask, "usableFrom": USABLE,
         "scenes": [{k: t[k] for k in keys} for t in tables], "problems": problems}, indent=1) + "\n")
    return tables, problems
