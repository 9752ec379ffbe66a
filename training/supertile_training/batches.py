"""Training batches: random crops of the fine scenes, turned into revisits."""

import torch
from torch.nn import functional as F

from .colour import foreign_truth
from .scenes import matched
from .simulate import MARGIN, Dice, simulate, smooth_field


def continued(image, size: int):
    """(C,H,W) continued by reflection on all sides to at least `size` rows and columns."""
    missing = [max(0, size - side) for side in image.shape[1:]]
    if any(m // 2 + m % 2 >= side for m, side in zip(missing, image.shape[1:])):
        raise ValueError(f"a place of {image.shape[1]} x {image.shape[2]} pixels is too small for windows of {size}: "
                         "choose a smaller data.patch")
    (above, left), (below, right) = [m // 2 for m in missing], [m - m // 2 for m in missing]
    return F.pad(image.unsqueeze(0), (left, right, above, below), mode="reflect")[0]


def crop_dates(place, size: int, dice, others: int = 1) -> list:
    """A random crop (C,size,size) of one date, then the same of `others` other dates, reflectance.

    Dates may repeat; a place that has one date only gives that. Of two
    candidate windows the more textured is usually kept. A place smaller than
    `size` is continued by reflection.
    """
    count = len(place.dates)
    first = dice.integer(0, count)
    dates = [place.dates[first]]
    dates += [place.dates[(first + dice.integer(1, count)) % count] if place.paired else dates[0] for _ in range(others)]
    height, width = dates[0].shape[1:]
    if min(height, width) < size:
        dates = [continued(image, size) for image in dates]
        if tuple(dates[0].shape[1:]) == (size, size):
            return [dates[0]] * len(dates)
        height, width = dates[0].shape[1:]
    windows = []
    for _ in range(2):
        top, left = dice.integer(0, height - size + 1), dice.integer(0, width - size + 1)
        windows.append((slice(None), slice(top, top + size), slice(left, left + size)))
    texture = [float(dates[0][w].diff(dim=2).abs().mean()) for w in windows]
    best = windows[texture.index(max(texture))] if bool(dice.chance(0.7, 1)) else windows[0]
    fine = dates[0][best]
    return [fine] + [matched(other[best], fine).clamp(min=0) if place.paired else fine for other in dates[1:]]


def turned(images, dice):
    """The same random flip and quarter turn for all images."""
    quarter, flip = dice.integer(0, 4), bool(dice.chance(0.5, 1))
    out = [torch.rot90(i, quarter, (-2, -1)) for i in images]
    return [i.flip(-1) if flip else i for i in out]


def relit(images, dice):
    """The same random exposure and removed path radiance for all images of a scene.

    Brings top-of-atmosphere scenes near surface reflectance and varies the
    light. Reflectance stays above 0.001.
    """
    if bool(dice.chance(0.5, 1)):
        return images
    gain = dice.uniform(0.7, 1.5, 1, 1, 1)
    path = dice.uniform(0, 1, 1, 1, 1) * torch.tensor([0.02, 0.035, 0.06]).view(-1, 1, 1)
    return [((i - path) * gain).clamp(min=0.001) for i in images]


def brightened(images, setting, dice):
    """Bright ground (salt, snow, concrete) in place of some, or of a part of some: all dates (D,C,H,W) of a scene alike.

    The scene's texture, weaker or stronger, on a level of 0.3 to
    `bright_level` whose bands differ by a tenth or so.
    """
    if not bool(dice.chance(setting["bright_chance"], 1)):
        return images
    bands, size = images.shape[1], images.shape[2:]
    level = dice.uniform(0.3, setting["bright_level"], 1) * (1 + 0.1 * dice.normal(bands))
    contrast = 0.15 * 10 ** dice.uniform(0, 1, 1)
    bright = level.view(-1, 1, 1) + contrast * (images - images[0].mean((1, 2), keepdim=True))
    where = torch.ones(1, 1, 1, 1)
    if bool(dice.chance(0.4, 1)):
        edge = dice.uniform(1, 20, 1)
        where = torch.sigmoid((smooth_field(dice, 1, size, 24) + dice.uniform(-0.5, 0.5, 1)) * edge)
    return torch.lerp(images, bright, where.expand_as(images)).clamp(min=0.001)


class Batches:
    """Batch `step` of a run; the same seed and step always give the same batch."""

    def __init__(self, groups: dict, config: dict):
        self.groups, self.config = groups, config
        self.names = list(groups)

    def __getitem__(self, step: int):
        data = self.config["data"]
        dice = Dice(self.config["seed"] * 1_000_003 + step)
        count = 1 + dice.choice(data["views"])
        batch = data["batch"] if count <= 8 else data["batch_many_views"]
        size = 2 * data["patch"] + 2 * MARGIN
        scenes = []
        for _ in range(batch):
            group = self.groups[self.names[dice.choice([data["groups"][n] for n in self.names])]]
            place = group[dice.choice([d.dates[0][0].numel() ** 0.5 for d in group])]
            dates = crop_dates(place, size, dice, data.get("other_dates", 1))
            scene = torch.stack(relit(turned(dates, dice), dice))
            simulation = self.config["simulation"]
            scenes.append(brightened(scene, simulation, dice) if "bright_chance" in simulation else scene)
        fine, other = torch.stack(scenes).split([1, scenes[0].shape[0] - 1], dim=1)
        revisits = simulate(fine[:, 0], other, count, self.config["simulation"], dice)
        if "foreign" in data:
            revisits.truth, _ = foreign_truth(revisits.truth, data["foreign"]["shift"], dice)
        return revisits
