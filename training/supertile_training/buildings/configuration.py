"""Configurations of the building network: what they may say."""

from pathlib import Path

import yaml

from ..checked import at, check_sections
from ..hrnet import VARIANTS
from .inputs import INPUTS
from .teacher import NAME as TEACHER

OPTIMISER = {"rate", "encoder_share", "final_rate", "warm_up_steps", "weight_decay", "clip", "ema", "average_from"}
AUGMENTATION = {"turn_chance", "scale", "style_chance", "gain", "band_gain", "saturation", "offset", "contrast",
                "gamma_chance", "gamma", "blur_chance", "blur", "noise_chance", "noise", "mix_chance"}
DATA = {"patch", "batch", "size_power", "built_up_chance", "unlabelled_share", "inputs"}
LOSS = {"gap_weight", "dice", "separation", "taught"}
SECTIONS = {
    "": {"name", "version", "seed", "network", "normalisation", "data", "augmentation", "within_scenes", "loss", "optimiser",
         "run", "pretraining", "recipe"},
    "network": {"variant", "inputs"},
    "normalisation": {"mean", "std"},
    "data": DATA | {"split", "places", "soft"},  # of a run that has begun
    "data.inputs": set(INPUTS),
    "augmentation": AUGMENTATION,
    "within_scenes": {"data", "loss", "augmentation"},
    "within_scenes.data": DATA,
    "within_scenes.loss": LOSS,
    "within_scenes.augmentation": AUGMENTATION,
    "loss": LOSS,
    "optimiser": OPTIMISER,
    "run": {"minutes", "checkpoint_minutes", "threads", "bfloat16"},
    "pretraining": {"augmentation", "optimiser"},
    "pretraining.augmentation": AUGMENTATION,
    "pretraining.optimiser": OPTIMISER,
    "recipe": {"folds", "features", "within", "places"},
    "recipe.features": {"minutes"},
    "recipe.within": {"teachers", "first", "each"},
    "recipe.places": {"teachers", "first", "each"},
}
BUDGET = {"minutes", "rate", "final-rate", "average-from", "seed", "teacher", "input", "after"}


def budgets(config: dict) -> dict:
    """What says how long a run learns, by its place in the configuration."""
    found = {"run": at(config, "run"), "recipe.features": at(config, "recipe.features")}
    for split in ("within", "places"):
        part = at(config, f"recipe.{split}") or {}
        found |= {f"recipe.{split}.teachers.{name}": budget for name, budget in (part.get("teachers") or {}).items()}
        found |= {f"recipe.{split}.first.{number}": budget for number, budget in enumerate(part.get("first") or [], 1)}
        found[f"recipe.{split}.each"] = part.get("each")
    return {place: budget for place, budget in found.items() if budget is not None}


def checked(config: dict) -> dict:
    """The configuration itself. Raises ValueError with what nothing reads, or what cannot be."""
    check_sections(config, SECTIONS)
    variant = at(config, "network.variant")
    if variant not in (*VARIANTS, TEACHER):
        raise ValueError(f"configuration: network.variant is {variant!r}, expected one of {', '.join((*VARIANTS, TEACHER))}")
    for place, budget in budgets(config).items():
        unknown = sorted(set(budget) - SECTIONS.get(place, BUDGET))
        if unknown:
            raise ValueError(f"configuration: {place}.{unknown[0]} is unknown; known are {', '.join(sorted(BUDGET))}")
        minutes = budget.get("minutes")
        if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or minutes <= 0:
            raise ValueError(f"configuration: {place}.minutes is {minutes!r}, expected a number above 0")
    return config


def read(path: Path) -> dict:
    """The checked configuration of a file. Raises ValueError that names it."""
    try:
        return checked(yaml.safe_load(path.read_text()))
    except (ValueError, yaml.YAMLError) as problem:
        raise ValueError(f"{path}: {problem}") from problem
