"""Evaluation scenes as rasters with a set.json, for `supertile evaluate set`.

python -m supertile_training.evaluation_set FOLDER METHOD TITLE adds images made elsewhere.
"""

import argparse
import json
from pathlib import Path

from .wald_set import GRIDS, counts_of, write_tiff

SOMEWHERE = (32631, 500_000, 4_500_000)  # of scenes whose true place does not matter: EPSG, easting, northing


def write_scene(folder: Path, scene, images: dict) -> dict:
    """Truth, views and every method's image of a scene; the entry of set.json, paths relative to the set."""
    folder.mkdir(parents=True, exist_ok=True)
    grid = GRIDS.get(scene.name, SOMEWHERE)
    stack, name = scene.stack, folder.name
    write_tiff(folder / "truth.tif", counts_of(stack.truth[0]), 10.0, grid, 0)
    views = []
    for k in range(stack.views.shape[1]):
        write_tiff(folder / f"view_{k:02d}.tif", counts_of(stack.views[0, k], stack.valid[0, k]), 20.0, grid, 0)
        views.append(f"{name}/view_{k:02d}.tif")
    for method, image in images.items():
        write_tiff(folder / f"{method}.tif", counts_of(image[0].clamp(min=0)), 10.0, grid, 0)
    return {"name": scene.name, "subset": scene.subset, "truth": f"{name}/truth.tif", "anchor": views[0], "views": views,
            "images": {m: f"{name}/{m}.tif" for m in images}}


def write_set(out: Path, titles: dict, scenes):
    """scenes: pairs of an EvaluationScene and its images by method -> out/set.json and a folder a scene."""
    entries = [write_scene(out / scene.name, scene, images) for scene, images in scenes]
    used = {m for e in entries for m in e["images"]}
    methods = [{"id": m, "title": t, **({"baseline": True} if m in ("bicubic", "colour_matched") else {})}
               for m, t in titles.items() if m in used]
    (out / "set.json").write_text(json.dumps(
        {"title": "Supertile beside its baselines", "range": 1.0,
         "note": "Real 10 m images as the truth, revisits simulated at 20 m, 8 views.",
         "methods": methods, "scenes": entries}, indent=1) + "\n")


def add_method(folder: Path, method: str, title: str):
    """Images made elsewhere (SCENE/METHOD.tif) enter set.json. Raises FileNotFoundError if no scene has one."""
    path = folder / "set.json"
    listing = json.loads(path.read_text())
    found = [s for s in listing["scenes"] if (folder / s["name"] / f"{method}.tif").exists()]
    if not found:
        raise FileNotFoundError(f"no scene of {path} has a {method}.tif in its folder")
    for entry in found:
        entry["images"][method] = f"{entry['name']}/{method}.tif"
    if method not in {m["id"] for m in listing["methods"]}:
        listing["methods"].append({"id": method, "title": title})
    path.write_text(json.dumps(listing, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds set.json")
    parser.add_argument("method", help="name of the images, without .tif")
    parser.add_argument("title")
    args = parser.parse_args()
    add_method(args.folder, args.method, args.title)


if __name__ == "__main__":
    main()
