"""Training batches of the building network."""

from dataclasses import dataclass

import torch

from ..simulate import Dice
from .augment import mixed, recoloured, softened, window
from .places import Labelled
from .targets import target_maps


@dataclass
class Sample:
    """What one image gives to learn from, cut to the box of its learning area.

    inputs: one {input: (C,H,W)} a draw; maps (3,H,W): building, separation,
    and 1 where it may be learnt from, or (6,H,W) with what a teacher says
    behind them (soft.py); statistics (mean, std) of the bands.
    """

    name: str
    place: str
    draws: list[dict]
    maps: torch.Tensor
    statistics: tuple[torch.Tensor, torch.Tensor]
    is_labelled: bool = True


def box(area) -> tuple[slice, slice]:
    rows, columns = torch.nonzero(area.any(1)).flatten(), torch.nonzero(area.any(0)).flatten()
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def sample(image: Labelled, area, draws: list[dict]) -> Sample:
    """draws: of every draw the inputs of this image, {input: (C,H,W)}."""
    cut = box(area)
    known = area.float().unsqueeze(0)  # what lies outside chooses no windows either
    maps = torch.cat([target_maps(image.building) * known, known])[(slice(None), *cut)]
    planet = image.image[(slice(None), *cut)]
    seen = planet[:, maps[2] > 0]
    statistics = seen.mean(1).view(3, 1, 1), seen.std(1).view(3, 1, 1)
    kept = [{name: value[(slice(None), *cut)] for name, value in draw.items()} | {"planet": planet} for draw in draws]
    return Sample(image.name, image.place, kept, maps.contiguous(), statistics)


class BuildingBatches:
    """Batch `step` of a run; the same seed and step give the same windows, whatever the input."""

    def __init__(self, samples: list[Sample], config: dict):
        self.samples, self.config = samples, config
        data = config["data"]
        self.inputs, self.shares = list(data["inputs"]), list(data["inputs"].values())
        self.weights = [float(s.maps[2].sum()) ** data["size_power"] if s.is_labelled else 0.0 for s in samples]
        unlabelled = sum(not s.is_labelled for s in samples)
        if unlabelled:  # each as often as the next, together so often
            share = data["unlabelled_share"]
            each = sum(self.weights) * share / (1 - share) / unlabelled
            self.weights = [w if s.is_labelled else each for w, s in zip(self.weights, samples)]

    def centre(self, maps, dice) -> tuple[float, float]:
        """Where a window lies: of two random places often the one with more buildings; inside the image if it is large enough."""
        half, (height, width) = self.config["data"]["patch"] // 2, maps.shape[-2:]
        room = lambda c, n: min(max(c, half), max(n - half, n // 2))
        places = [(room(dice.integer(0, height), height), room(dice.integer(0, width), width)) for _ in range(2)]
        share = []
        for row, column in places:
            share.append(float(maps[0, max(row - half, 0):row + half, max(column - half, 0):column + half].mean()))
        best = share.index(max(share)) if bool(dice.chance(self.config["data"]["built_up_chance"], 1)) else 0
        return places[best][0] - 0.5, places[best][1] - 0.5

    def one(self, dice):
        """One augmented window: image (C,S,S) reflectance, maps (3,S,S)."""
        data, setting = self.config["data"], self.config["augmentation"]
        s, other = (self.samples[dice.choice(self.weights)] for _ in range(2))
        draw, kind = s.draws[dice.integer(0, len(s.draws))], self.inputs[dice.choice(self.shares)]
        image = draw[kind].float()
        blend = float(dice.uniform(0, 1, 1))
        if kind == "misr" and "planet" in self.inputs and bool(dice.chance(0.3, 1)):
            image = image + blend * (draw["planet"] - image)  # sharpness between the two
        height, width = image.shape[-2:]
        centre = self.centre(s.maps, dice)
        angle, scale = 1.5707963267948966 * dice.integer(0, 4), 1.0
        turn, zoom = float(dice.uniform(-0.785, 0.785, 1)), float(torch.exp(setting["scale"] * dice.normal(1)))
        if bool(dice.chance(setting["turn_chance"], 1)):
            angle, scale = angle + turn, min(max(zoom, 0.6), 1.6)
        image, maps = window(image, s.maps, centre, data["patch"], angle, scale, bool(dice.chance(0.5, 1)))
        image = recoloured(image, s.statistics, other.statistics, dice, setting)
        return softened(image, dice, setting), maps

    def __getitem__(self, step: int):
        """-> images (n,C,S,S) reflectance, maps (n,3,S,S): building, separation, weight (and three of a teacher)."""
        dice = Dice(self.config["seed"] * 1_000_003 + step)
        pairs = [self.one(dice) for _ in range(self.config["data"]["batch"])]
        images, maps = (torch.stack(side) for side in zip(*pairs))
        return mixed(images, maps, dice, self.config["augmentation"]["mix_chance"])
