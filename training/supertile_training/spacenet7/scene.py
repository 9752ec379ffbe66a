"""A prepared scene: one .npz with the pixels and one .json with the table of its revisits."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch

from .clear import clear_pixels, judge
from .errors import DataError
from .names import fixed_split

FORMAT = "supertile-spacenet7/1"
SCALE = 10_000.0
NO_DATA = -32_768
ANCHORS = ("clearest", "nearest")


def counts_of(reflectance, known) -> np.ndarray:
    """(3,h,w) reflectance as int16 x 10000; NO_DATA where not known. Surface reflectance may be a little negative."""
    counts = np.round(reflectance * SCALE).clip(NO_DATA + 1, 32_767).astype(np.int16)
    return np.where(known, counts, np.int16(NO_DATA))


@dataclass
class Scene:
    """K revisits in time order, and the PlanetScope mosaics of M months.

    dates: of the revisits. counts (K,3,h,w) int16, reflectance x 10000 or
    NO_DATA; classes (K,h,w) uint8 (SCL); inside (h,w) bool, the pixels in
    the scene; months: first days; mosaics (M,3,2h,2w) uint8; mosaics_valid
    (M,2h,2w) bool. Bands are red, green, blue.
    """

    name: str
    dates: list[date]
    counts: torch.Tensor
    classes: torch.Tensor
    inside: torch.Tensor
    months: list[date]
    mosaics: torch.Tensor
    mosaics_valid: torch.Tensor

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) of the views."""
        return tuple(self.counts.shape[-2:])

    @property
    def known(self):
        """(K,h,w) bool: where a revisit holds data."""
        return self.counts[:, 0] != NO_DATA

    def valid(self, mask: str):
        """(K,h,w) bool: known and clear in that mask."""
        return torch.from_numpy(clear_pixels(self.known.numpy(), self.classes.numpy(), mask))

    @property
    def views(self):
        """(K,3,h,w) float32 reflectance, 0 where there is no data."""
        return reflectance_of(self.counts)

    def truth(self, month: int = 0):
        """(3,2h,2w) float32: PlanetScope values / 255 (another sensor's colours, not reflectance)."""
        return self.mosaics[month].float() / 255

    def truth_valid(self, month: int = 0):
        """(2h,2w) bool: where the mosaic shows the ground."""
        return self.mosaics_valid[month]

    def order(self, mask: str, month: int = 0, anchor: str = "clearest", usable_only: bool = True) -> list[int]:
        """The revisits to use: the anchor, then clearest first (in time where equally clear).

        anchor: the clearest, or the usable one nearest in time to the middle
        of the truth's month.
        """
        verdicts = [judge(k, c, self.inside.numpy(), mask) for k, c in zip(self.known.numpy(), self.classes.numpy())]
        chosen = [i for i, v in enumerate(verdicts) if v.usable or not usable_only]
        chosen.sort(key=lambda i: -verdicts[i].clear)
        usable = [i for i in chosen if verdicts[i].usable]
        if anchor == "nearest" and usable:
            middle = self.months[month].replace(day=15)
            first = min(usable, key=lambda i: abs((self.dates[i] - middle).days))
            chosen = [first] + [i for i in chosen if i != first]
        return chosen


def reflectance_of(counts):
    """int16 counts to float32 reflectance, 0 where there is no data."""
    return torch.where(counts == NO_DATA, 0.0, counts.float() / SCALE)


def save_scene(path: Path, scene: Scene, table: dict):
    """Writes `path` (.npz), then the table beside it (.json): a scene with a table is whole."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(file, counts=scene.counts.numpy(), classes=scene.classes.numpy(), inside=scene.inside.numpy(),
                            mosaics=scene.mosaics.numpy(), mosaics_valid=scene.mosaics_valid.numpy())
    part.replace(path)
    part.write_text(json.dumps({"format": FORMAT, **table}, indent=1) + "\n")
    part.replace(path.with_suffix(".json"))


def load_scene(path: Path) -> Scene:
    """Reads what `prepare` wrote for one scene; `path` is the .npz or the .json."""
    path = Path(path).with_suffix(".npz")
    try:
        table = json.loads(path.with_suffix(".json").read_text())
        with np.load(path) as file:
            arrays = {k: torch.from_numpy(file[k]) for k in ("counts", "classes", "inside", "mosaics", "mosaics_valid")}
    except Exception as error:
        raise DataError(f"{path}: not a prepared scene ({error}); delete it and run prepare again") from error
    if table.get("format") != FORMAT:
        raise DataError(f"{path.with_suffix('.json')}: format {table.get('format')!r}, expected {FORMAT}; run prepare again")
    dates = [date.fromisoformat(r["date"]) for r in table["revisits"]]
    months = [date.fromisoformat(f"{m}-01") for m in table["months"]]
    scene = Scene(table["scene"], dates, months=months, **arrays)
    h, w = scene.size
    if len(dates) != len(scene.counts) or scene.mosaics.shape != (len(months), 3, 2 * h, 2 * w):
        raise DataError(f"{path}: pixels and table do not belong together; delete both and run prepare again")
    return scene


def load_scenes(folder: Path, split: str | None = None) -> list[Scene]:
    """The prepared scenes of a folder, by name; with `split` those of that part of the paper's split over scenes."""
    paths = sorted(Path(folder).glob("*.npz"))
    chosen = [p for p in paths if split is None or fixed_split(p.stem) == split]
    if not chosen:
        what = f"no {split} scene among the {len(paths)} prepared ones" if paths else "no prepared scene"
        raise DataError(f"{folder}: {what}; run python -m supertile_training.spacenet7 prepare")
    return [load_scene(p) for p in chosen]
