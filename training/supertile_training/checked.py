"""What configurations of the training may say. A misspelt key is an error, not a default.

`SECTIONS` and `CHOICES` are those of the super-resolution; buildings have their own (buildings/configuration.py).
"""

from .simulate import LARGEST_SHIFT
from .spacenet7.clear import MASKS
from .spacenet7.scene import ANCHORS

SECTIONS = {
    "": {"name", "version", "seed", "for_comparison", "network", "normalisation", "data", "split", "simulation", "loss",
         "optimiser", "run"},
    "network": {"architecture", "hidden", "bands"},
    "normalisation": {"mean", "std"},
    "data": {"patch", "batch", "batch_many_views", "groups", "views", "other_dates", "foreign", "spacenet7"},
    "data.foreign": {"shift"},
    "data.spacenet7": {"folder", "mask", "anchor", "usable_only", "split", "margin"},
    "split": {"within_scene", "other_period", "held_out_tops"},
    "simulation": {"shift", "gain", "offset", "noise", "haze_chance", "haze_max", "cloud_chance", "anchor_cloud_chance",
                   "cloud_cover_min", "cloud_cover_max", "cloudy_share", "cloud_cell", "mask_error", "swath_chance",
                   "second_date_chance", "second_date_share", "second_date_all_chance", "second_date_least",
                   "second_date_agree_chance", "still_chance", "bright_chance", "bright_level", "paste_chance", "paste_all_chance"},
    "loss": {"unit", "pixel", "consistency", "colour_matching", "registration"},
    "loss.pixel": {"kind", "weight"},
    "loss.consistency": {"kind", "against", "weight"},
    "optimiser": {"rate", "final_rate", "warm_up_steps", "clip", "ema"},
    "run": {"minutes", "steps", "checkpoint_minutes", "threads", "bfloat16"},
}

CHOICES = {
    "loss.pixel.kind": ("l1", "mse", "cmse", "psnr", "ssim"),
    "loss.consistency.kind": ("sensor", "box"),
    "loss.consistency.against": ("anchor", "reference"),
    "loss.registration": ("none", "search", "shiftnet"),
    "data.spacenet7.mask": tuple(MASKS),
    "data.spacenet7.anchor": ANCHORS,
}

BANDS = ["B04", "B03", "B02"]  # what scenes.py reads, in this order


def at(config: dict, path: str):
    """The value at a path of keys; None where there is none."""
    for key in path.split(".") if path else ():
        config = (config or {}).get(key)
    return config


def check_sections(config: dict, sections: dict):
    """sections: {path: known keys}. Raises ValueError with the first key that nothing reads."""
    for path, known in sections.items():
        section = at(config, path)
        if section is None:
            continue
        if not isinstance(section, dict):
            raise ValueError(f"configuration: {path} is {section!r}, expected {', '.join(sorted(known))}")
        unknown = sorted(set(section) - known)
        if unknown:
            raise ValueError(f"configuration: {path + '.' if path else ''}{unknown[0]} is unknown; "
                             f"known are {', '.join(sorted(known))}")


def checked(config: dict) -> dict:
    """The configuration itself. Raises ValueError with the first key that nothing reads, or value that nothing knows."""
    check_sections(config, SECTIONS)
    for path, choices in CHOICES.items():
        value = at(config, path)
        if value is not None and value not in choices:
            raise ValueError(f"configuration: {path} is {value!r}, expected one of {', '.join(choices)}")
    shift = at(config, "simulation.shift")
    if shift is not None and not (isinstance(shift, (int, float)) and 0 <= shift <= LARGEST_SHIFT):
        raise ValueError(f"configuration: simulation.shift is {shift!r}, expected 0 to {LARGEST_SHIFT} pixels: no more is simulated around a window")
    bands = at(config, "network.bands")
    if bands != BANDS:
        raise ValueError(f"configuration: network.bands is {bands}, expected {BANDS}: the data are read as red, green, blue")
    return config
