"""A small labelled scene, and what a small building network learns from it; no data files are needed."""

from pathlib import Path

import numpy as np
import yaml

from supertile_training.buildings.batches import sample
from supertile_training.buildings.inputs import CHANNELS
from supertile_training.buildings.places import labelled
from supertile_training.buildings.train import configured

CONFIG = Path(__file__).parents[1] / "configs" / "buildings.yaml"


def scene(name="a", place="a", height=60, width=50, seed=0, **facts):
    dice = np.random.default_rng(seed)
    image = dice.integers(40, 160, (height, width, 3)).astype(np.uint8)
    mask = np.zeros((height, width), np.uint8)
    for row in range(3, height - 6, 9):
        for column in range(3, width - 6, 9):
            mask[row:row + 4, column:column + 5] = 255
    return labelled(name, place, image, mask, **facts)


def small_config(kind="misr"):
    config = configured(yaml.safe_load(CONFIG.read_text()), kind)
    config["data"] |= {"patch": 32, "batch": 2}
    return config


def small_samples(kinds=("misr", "planet")):
    one = scene(height=60, width=50)
    return [sample(one, one.valid & one.subset("train"), [{k: one.image.repeat(CHANNELS[k] // 3, 1, 1) for k in kinds if k != "planet"}])]
