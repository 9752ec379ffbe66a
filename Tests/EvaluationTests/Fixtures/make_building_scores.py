"""Reference values for building scores, computed apart from Supertile: shapely, pyproj and numpy.

python make_building_scores.py, in this folder (needs numpy, shapely, pyproj). Writes buildings/predicted.geojson,
buildings/truth.geojson (random rectangles, WGS 84) and buildings/scores.json: pixels whose centres lie in a building, on
the grid named there, and buildings matched by the rules of solaris (in the order of the file, each takes the free true
building with the highest IoU, if that is above the limit).
"""

import json
from pathlib import Path

import numpy as np
import pyproj
import shapely
from shapely import affinity
from shapely.geometry import box, mapping, shape

GRID = {"epsg": 32631, "x": 350000.0, "y": 4850000.0, "pixel": 5.0, "rows": 80, "columns": 100}
HERE = Path(__file__).parent / "buildings"
def transform(function, geometry):
    return shapely.transform(geometry, function, interleaved=False)


to_globe = pyproj.Transformer.from_crs(32631, 4326, always_xy=True).transform
to_grid = pyproj.Transformer.from_crs(4326, 32631, always_xy=True).transform


def rectangles(dice):
    truth, predicted = [], []
    for _ in range(60):
        x, y = dice.uniform(350010, 350490), dice.uniform(4849610, 4849990)
        w, h = dice.uniform(8, 30, 2)
        house = affinity.rotate(box(x, y, x + w, y + h), dice.uniform(0, 90))
        if any(house.distance(other) < 1 for other in truth):
            continue
        truth.append(house)
    for house in truth:
        if dice.uniform() < 0.8:
            moved = affinity.translate(house, *dice.normal(0, 5, 2))
            predicted.append(affinity.scale(moved, *dice.uniform(0.6, 1.5, 2)))
        if dice.uniform() < 0.2:  # a second one over the same house
            predicted.append(affinity.translate(house, *dice.normal(0, 4, 2)))
    predicted += [box(x, y, x + 15, y + 15) for x, y in zip(dice.uniform(350000, 350480, 8), dice.uniform(4849600, 4849980, 8))]
    order = dice.permutation(len(predicted))
    return [predicted[i] for i in order], truth


def write(name, houses):
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(shapely.set_precision(transform(to_globe, h), 1e-7))}
                for h in houses]
    (HERE / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}) + "\n")


def read(name):
    return [transform(to_grid, shape(f["geometry"])) for f in json.loads((HERE / name).read_text())["features"]]


def mask(houses):
    g = GRID
    x = g["x"] + (np.arange(g["columns"]) + 0.5) * g["pixel"]
    y = g["y"] - (np.arange(g["rows"]) + 0.5) * g["pixel"]
    points = np.meshgrid(x, y)
    return shapely.contains_xy(shapely.union_all(houses), *points)


def matches(predicted, truth, limit):
    free, found = list(range(len(truth))), 0
    for house in predicted:
        scores = [(house.intersection(truth[i]).area / house.union(truth[i]).area, i) for i in free]
        if scores and max(scores)[0] > limit:
            free.remove(max(scores)[1])
            found += 1
    return found, len(predicted) - found, len(truth) - found


def main():
    HERE.mkdir(exist_ok=True)
    predicted, truth = rectangles(np.random.default_rng(7))
    write("predicted.geojson", predicted)
    write("truth.geojson", truth)
    predicted, truth = read("predicted.geojson"), read("truth.geojson")
    p, t = mask(predicted), mask(truth)
    pixels = [int(v) for v in ((p & t).sum(), (p & ~t).sum(), (~p & t).sum(), (~p & ~t).sum())]
    limits = {str(limit): matches(predicted, truth, limit) for limit in (0.1, 0.25, 0.5)}
    (HERE / "scores.json").write_text(json.dumps({"grid": GRID, "pixels": pixels, "matches": limits}, indent=1) + "\n")
    print(pixels, limits)


if __name__ == "__main__":
    main()
