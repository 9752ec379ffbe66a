"""The labelled places: SpaceNet 7 images with building masks, and who may learn from which pixels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import torch
from PIL import Image

COUNT = 0.00127  # reflectance of a PlanetScope count: the ratio of the two sensors' means

# Chosen once, before any training: one place of small houses (mean 19 pixels) and one of large buildings (41 pixels),
# each with places of its kind left to learn from (0361E-1300N and 0506E-1204N, 1204E-1204N), and enough buildings to count (627).
HELD_OUT = ("0544E-1228N", "1289E-1169N")

# Places left out in turn, whole, to choose the length of training, the augmentation and the thresholds for unseen places:
# each fold learns from the other places, never from the held-out ones.
FOLDS = {"fold0": ("0357E-1223N", "0506E-1204N", "1204E-1204N"), "fold1": ("0361E-1300N", "0387E-1276N", "0571E-1075N", "1200E-0847N"),
         "fold2": ("coast",), "fold3": ("1615E-1205N",)}

# Three images of one coastal city, on two or more dates; their corners (row, column) in the frame of the first.
COAST = {"crop1": (0, 0), "crop2": (167, 225), "crop5": (-82, 5)}
COAST_FRAME = (-82, 0, 679, 737)  # top, left, bottom, right of the three together
# Those images are white-balanced (equal band means); this brings the bands to the ratio of the other places.
COAST_GAIN = (1.2, 1.0, 0.8)

SUBSETS = ("train", "validation", "test")
ALL_BUT_TEST = "all-but-test"  # within scenes, once all choices are made: what chose them teaches too
TRAIN_SHARE = 0.8


@dataclass
class Labelled:
    """One image of a place.

    image (3,H,W) reflectance; building (H,W) bool; valid (H,W) bool, false
    where the image shows nothing; corner and frame place it in its scene:
    (row, column), (top, left, bottom, right).
    """

    name: str
    place: str
    image: torch.Tensor
    building: torch.Tensor
    valid: torch.Tensor
    corner: tuple[int, int]
    frame: tuple[int, int, int, int]

    def subset(self, name: str) -> torch.Tensor:
        """(H,W) bool: the paper's within-scene split of the scene that this image belongs to.

        The top 80 % of its rows train; of the rest the left half is for
        validation, the right half for testing.
        """
        if name not in SUBSETS:
            raise ValueError(f"subset is {name!r}, expected one of {', '.join(SUBSETS)}")
        top, left, bottom, right = self.frame
        height, width = self.building.shape
        rows = torch.arange(height).view(-1, 1) + self.corner[0]
        columns = torch.arange(width).view(1, -1) + self.corner[1]
        upper = rows < top + round(TRAIN_SHARE * (bottom - top))
        west = columns < (left + right) // 2
        return {"train": upper & (columns == columns), "validation": ~upper & west, "test": ~upper & ~west}[name]


def labelled(name: str, place: str, image, mask, valid=None, corner=(0, 0), frame=None, gain=(1, 1, 1)) -> Labelled:
    """image (H,W,3) counts, mask (H,W), 0 or not."""
    counts = torch.from_numpy(np.ascontiguousarray(image[..., :3].transpose(2, 0, 1)).astype(np.float32))
    seen = (counts.sum(0) > 0) if valid is None else torch.from_numpy(valid)
    reflectance = counts * COUNT * torch.tensor(gain, dtype=torch.float32).view(-1, 1, 1)
    return Labelled(name, place, reflectance, torch.from_numpy(mask > 0), seen, corner, frame or (0, 0, *mask.shape))


def read_places(data: Path, places: list[str] | None = None) -> list[Labelled]:
    """All images of `data`/spacenet7-buildings, by name; of some places where they are named."""
    folder = data / "spacenet7-buildings"
    picture = lambda name: np.array(Image.open(folder / name))
    images = []
    for path in sorted(folder.glob("*_rgb.png")):
        name = path.stem.removesuffix("_rgb")
        mask = picture(f"{name}_mask.png")
        if name in COAST:
            images.append(labelled(name, "coast", picture(path.name), mask, corner=COAST[name], frame=COAST_FRAME, gain=COAST_GAIN))
        else:
            images.append(labelled(name, name.split("_")[0], picture(path.name), mask))
    for path in sorted(folder.glob("*.tif")):
        with rasterio.open(path) as file:
            image = file.read().transpose(1, 2, 0)
        images.append(labelled(path.stem, path.stem, image, picture(f"{path.stem}_mask.png"), valid=image[..., 3] > 0))
    unknown = set(places or []) - {i.place for i in images}
    if unknown:
        raise ValueError(f"{folder} has no place {', '.join(sorted(unknown))}, but {', '.join(sorted({i.place for i in images}))}")
    return [i for i in images if not places or i.place in places]


def learning_areas(images: list[Labelled], split: str) -> dict[str, torch.Tensor]:
    """name -> (H,W) bool, the pixels to learn from.

    split: `within`, the paper's; `all-but-test`, the validation parts too; `places`, all but the held-out places, and
    of the others all but the validation part; `fold0` .., of these all but the fold's places.
    """
    if split == "within":
        return {i.name: i.subset("train") & i.valid for i in images}
    if split == ALL_BUT_TEST:
        return choosing_areas(images)
    if split == "places":
        return {i.name: i.valid & ~i.subset("validation") for i in images if i.place not in HELD_OUT}
    if split in FOLDS:
        left_out = {i.name for i in images if i.place in FOLDS[split]}
        return {name: area for name, area in learning_areas(images, "places").items() if name not in left_out}
    raise ValueError(f"split is {split!r}, expected within, {ALL_BUT_TEST}, places or one of {', '.join(FOLDS)}")


def scored_areas(images: list[Labelled], split: str, part: str) -> dict[str, torch.Tensor]:
    """name -> (H,W) bool, the pixels to score, none of them learnt from in `split`. part: validation or test.

    Validation is the paper's validation part (bottom left), for `places` without the held-out places; of a fold
    its places, whole. The test part of `places` is the held-out places, whole.
    """
    if part not in ("validation", "test"):
        raise ValueError(f"part is {part!r}, expected validation or test")
    if split == "places" and part == "test":
        return {i.name: i.valid for i in images if i.place in HELD_OUT}
    if split in FOLDS:
        return {i.name: i.valid for i in images if i.place in FOLDS[split]}
    if split == ALL_BUT_TEST and part == "validation":
        return {}
    taking_part = [i for i in images if split in ("within", ALL_BUT_TEST) or i.place not in HELD_OUT]
    areas = {i.name: i.subset(part) & i.valid for i in taking_part}
    return {name: area for name, area in areas.items() if bool(area.any())}


def choosing_areas(images: list[Labelled]) -> dict[str, torch.Tensor]:
    """name -> (H,W) bool, the pixels that choose threshold and rule within scenes: all that are not of the test part.

    The validation part alone is too small for it: two thirds of it are one image's, where houses that can be seen are not
    marked. The price: where a network learnt it is surer of itself, so a threshold may come out too high.
    """
    areas = {i.name: ~i.subset("test") & i.valid for i in images}
    return {name: area for name, area in areas.items() if bool(area.any())}
