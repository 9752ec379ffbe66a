"""Training batches from prepared scenes, with the interface of the simulated ones."""

from dataclasses import dataclass

import torch

from ..batches import turned
from ..simulate import Dice, Revisits
from .errors import DataError
from .names import fixed_split
from .scene import Scene, reflectance_of
from .split import MARGIN, PARTS, Region, checked_region

TRIES = 8  # windows drawn for a patch; the first that is whole is taken, else the best


@dataclass
class SceneRevisits(Revisits):
    """Revisits whose truth comes from PlanetScope.

    truth (B,3,2h,2w) is its values / 255: not reflectance, and not the
    colours of Sentinel-2. truth_valid (B,2h,2w) bool: where it counts.
    shifts is None: nobody knows them.
    """

    truth_valid: torch.Tensor


DEFAULTS = {"mask": "supertile", "anchor": "clearest", "usable_only": True, "split": "within", "margin": MARGIN}


def settings_of(config: dict) -> dict:
    """The configuration's data.spacenet7 over the defaults."""
    given = config["data"].get("spacenet7") or {}
    unknown = set(given) - set(DEFAULTS) - {"folder"}
    if unknown:
        raise DataError(f"data.spacenet7: unknown {', '.join(sorted(unknown))}; known are folder, {', '.join(DEFAULTS)}")
    return DEFAULTS | given


def region_in(scene: Scene, part: str, settings: dict, patch: int) -> Region:
    """The area of a scene for a part: of the split within the scene, or all of it for the split over scenes."""
    if settings["split"] == "within":
        return checked_region(scene.name, scene.size, part, settings["margin"], patch)
    return Region(0, scene.size[0], 0, scene.size[1])


def scenes_of(scenes, part: str, settings: dict) -> list[Scene]:
    """The scenes that take part: all for the split within scenes."""
    if part not in PARTS or settings["split"] not in ("within", "scenes"):
        raise DataError(f"part {part!r} of split {settings['split']!r}: the parts are {', '.join(PARTS)}, "
                        "data.spacenet7.split is within or scenes")
    if settings["split"] == "within":
        return list(scenes)
    return [s for s in scenes if fixed_split(s.name) == part]


def cut(scene: Scene, valid, order, month: int, region: Region):
    """(views (k,3,h,w), valid (k,h,w), truth (3,2h,2w), truth_valid (2h,2w)) of a region."""
    low = (..., slice(region.top, region.bottom), slice(region.left, region.right))
    fine = (..., slice(2 * region.top, 2 * region.bottom), slice(2 * region.left, 2 * region.right))
    return (reflectance_of(scene.counts[low][order]), valid[low][order],
            scene.mosaics[month][fine].float() / 255, scene.mosaics_valid[month][fine])


def clearest_first(views, valid):
    """The anchor stays first; the others by their clear pixels in this patch, ties as they are."""
    clear = valid.flatten(1).sum(1)
    clear[0] = valid[0].numel() + 1
    order = clear.sort(descending=True, stable=True).indices
    return views[order], valid[order]


def stack(scene: Scene, config: dict, part: str, count: int | None = None, month: int = 0) -> SceneRevisits:
    """The whole area of a part as a batch of one, with the clearest `count` revisits: for evaluation."""
    settings = settings_of(config)
    order = scene.order(settings["mask"], month, settings["anchor"], settings["usable_only"])[:count]
    if not order:
        raise DataError(f"{scene.name}: no usable revisit; see its table")
    views, valid, truth, truth_valid = cut(scene, scene.valid(settings["mask"]), order, month,
                                           region_in(scene, part, settings, 1))
    return SceneRevisits(views[None], valid[None], None, truth[None], truth_valid[None])


class SceneBatches:
    """Batch `step` of a run; the same seed and step always give the same batch.

    All scenes of a batch have the same number of views. Where the drawn
    number is more than a scene has revisits, only scenes that have as many
    are drawn; where none has, it is the most that any has.
    """

    def __init__(self, scenes, config: dict, part: str = "train"):
        self.config, self.settings, self.patch = config, settings_of(config), config["data"]["patch"]
        self.choices = []  # (scene, valid, region, order for each month)
        for scene in scenes_of(scenes, part, self.settings):
            orders = [scene.order(self.settings["mask"], m, self.settings["anchor"], self.settings["usable_only"])
                      for m in range(len(scene.months))]
            if orders[0]:
                region = region_in(scene, part, self.settings, self.patch)
                self.choices.append((scene, scene.valid(self.settings["mask"]), region, orders))
        if not self.choices:
            raise DataError(f"no scene with a usable revisit in the {part} part of data.spacenet7.split: "
                            f"{self.settings['split']}; prepare more scenes or choose another split")

    def __getitem__(self, step: int) -> SceneRevisits:
        data = self.config["data"]
        dice = Dice(self.config["seed"] * 1_000_003 + step)
        count = min(1 + dice.choice(data["views"]), max(len(orders[0]) for *_, orders in self.choices))
        eligible = [c for c in self.choices if len(c[3][0]) >= count]
        batch = data["batch"] if count <= 8 else data["batch_many_views"]
        patches = [self.draw(eligible[dice.integer(0, len(eligible))], count, dice) for _ in range(batch)]
        views, valid, truth, truth_valid = (torch.stack(side) for side in zip(*patches))
        return SceneRevisits(views, valid, None, truth, truth_valid)

    def draw(self, choice, count: int, dice: Dice):
        """A random patch of a scene, turned: the anchor and `count` - 1 others of its revisits."""
        scene, valid, region, orders = choice
        month = dice.integer(0, len(orders))
        anchor, *others = orders[month]
        picked = torch.randperm(len(others), generator=dice.generator)[:count - 1].tolist()
        order = [anchor] + [others[i] for i in picked]
        window = self.window(scene, valid[anchor], month, region, dice)
        views, clear, truth, truth_valid = turned(cut(scene, valid, order, month, window), dice)
        return *clearest_first(views, clear), truth, truth_valid

    def window(self, scene: Scene, anchor_valid, month: int, region: Region, dice: Dice) -> Region:
        """Where the patch lies: of a few windows the one with the most truth and clear anchor."""
        best, most = None, -1.0
        for _ in range(TRIES):
            top = dice.integer(region.top, region.bottom - self.patch + 1)
            left = dice.integer(region.left, region.right - self.patch + 1)
            rows, columns = slice(top, top + self.patch), slice(left, left + self.patch)
            fine = slice(2 * top, 2 * rows.stop), slice(2 * left, 2 * columns.stop)
            good = float(anchor_valid[rows, columns].float().mean() * scene.truth_valid(month)[fine].float().mean())
            if good > most:
                best, most = Region(top, rows.stop, left, columns.stop), good
            if good == 1:
                break
        return best
