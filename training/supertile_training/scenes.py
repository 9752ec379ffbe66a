"""The fine scenes: real Sentinel-2 at 10 m, red, green, blue reflectance."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import torch

SCALE = 10_000.0
CITY_BANDS = (2, 1, 0)  # red, green, blue of B02 B03 B04 B08
BOADELLA_BANDS = (3, 2, 1)  # of B01 B02 B03 B04 ...

# Both dates of these cities are kept out of training.
HELD_OUT = ("montpellier", "pisa", "beihai", "rio")

# The second date is no revisit of the same ground: shifted by 3.6 pixels, or under cloud.
UNPAIRED = ("saclay_e", "paris")
CLOUDY = ("paris_2", "2020-01-18", "2020-01-23", "2020-01-13", "2021-06-26")


@dataclass
class Place:
    """One place on one or more dates; each date is (3,H,W) reflectance.

    `paired`: the dates lie on one grid, so one may stand in as a revisit
    with real change.
    """

    name: str
    dates: list[torch.Tensor]
    paired: bool


def read_bands(path: Path, bands) -> torch.Tensor:
    """Three bands of a GeoTIFF as (3,H,W) float32 reflectance."""
    with rasterio.open(path) as image:
        values = image.read([b + 1 for b in bands])
    return torch.from_numpy(np.ascontiguousarray(values).astype(np.float32) / SCALE)


def matched(image, target):
    """`image` with each band's mean and spread brought to those of `target`: linear, as the product harmonises."""
    def moments(x):
        flat = x.flatten(1)
        low, high = flat.quantile(0.01, dim=1, keepdim=True), flat.quantile(0.99, dim=1, keepdim=True)
        flat = flat.clamp(low, high)
        return flat.mean(1).view(-1, 1, 1), flat.std(1).view(-1, 1, 1)

    def thin(x):
        return x[:, ::3, ::3]

    (mean, std), (to_mean, to_std) = moments(thin(image)), moments(thin(target))
    return (image - mean) * (to_std / std) + to_mean


def same_ground(dates) -> bool:
    return len(dates) > 1 and len({tuple(d.shape) for d in dates}) == 1


def cities(data: Path, names=None) -> list[Place]:
    """The cities of sentinel2-l1c-cities, by name; clouded dates are left out."""
    folder = data / "sentinel2-l1c-cities"
    found = sorted({p.stem.rsplit("_", 1)[0] for p in folder.glob("*_1.tif")})
    places = []
    for name in found if names is None else names:
        paths = [folder / f"{name}_{k}.tif" for k in (1, 2)]
        dates = [read_bands(p, CITY_BANDS) for p in paths if p.stem not in CLOUDY]
        places.append(Place(name, dates, same_ground(dates) and name not in UNPAIRED))
    return places


def boadella(data: Path) -> Place:
    """One place in Catalonia on its clear dates (surface reflectance)."""
    paths = sorted((data / "sentinel2-l2a-boadella").glob("*.tif"))
    dates = [read_bands(p, BOADELLA_BANDS) for p in paths if p.stem not in CLOUDY]
    return Place("boadella", dates, same_ground(dates))


def belgium(data: Path) -> Place:
    return Place("belgium", [read_bands(data / "sentinel2-l1c-belgium" / "belgium.tif", CITY_BANDS)], False)


def patches(data: Path) -> list[Place]:
    """1600 places of 64 x 64 fine pixels, surface reflectance."""
    x = np.load(data / "sentinel2-l2a-patches" / "patches.npz")["x"][:, list(CITY_BANDS)]
    return [Place(f"patch{i}", [torch.from_numpy(p.astype(np.float32) / SCALE)], False) for i, p in enumerate(x)]


def training_groups(data: Path) -> dict[str, list[Place]]:
    """All training places by group; no held-out city among them."""
    return {
        "cities": [p for p in cities(data) if p.name not in HELD_OUT],
        "patches": patches(data),
        "boadella": [boadella(data)],
        "belgium": [belgium(data)],
    }


def held_out(data: Path) -> list[Place]:
    return cities(data, HELD_OUT)
