"""Which pixels a network may learn from: the paper's within-scene split, and dates kept for another period.

A scene's top 80 % are for training, the left half of the rest for
validation, the right half for testing (paper section 2.1.4, figure 4). The
parts do not overlap, and what is cut from a part stays inside it, the
simulator's margin included.
"""

from dataclasses import replace

from .scenes import HELD_OUT

SUBSETS = ("train", "validation", "test")
TRAIN_SHARE = 0.8


def part(fine, subset: str):
    """(C,H,W) -> the rows and columns of a subset."""
    height, width = fine.shape[-2:]
    cut = round(TRAIN_SHARE * height)
    areas = {
        "train": (slice(0, cut), slice(0, width)),
        "validation": (slice(cut, height), slice(0, width // 2)),
        "test": (slice(cut, height), slice(width // 2, width)),
    }
    if subset not in areas:
        raise ValueError(f"subset is {subset!r}, expected one of {', '.join(SUBSETS)}")
    return fine[(..., *areas[subset])]


def one_part(place, subset: str):
    """A place cut down to one subset of its pixels, on every date."""
    return replace(place, dates=[part(d, subset) for d in place.dates])


def first_period(place):
    """A place on its first date alone."""
    return replace(place, dates=place.dates[:1], paired=False)


def training_part(groups: dict, setting: dict | None) -> dict:
    """The places of every group as a configuration's `split` leaves them.

    setting: {within_scene: bool, other_period: [names]}: whether only the
    top 80 % of each city and larger scene may be learnt from, and which
    places are seen on their first date alone. Patches are too small to be
    split and belong to training whole.
    """
    if not setting:
        return groups
    kept = set(setting.get("other_period", []))
    unknown = kept - {p.name for p in groups.get("cities", [])}
    if unknown:
        raise ValueError(f"split.other_period names {', '.join(sorted(unknown))}: not among the training cities")
    assert not kept & set(HELD_OUT)
    result = {}
    for name, places in groups.items():
        places = [first_period(p) if p.name in kept else p for p in places]
        if setting.get("within_scene") and name != "patches":
            places = [one_part(p, "train") for p in places]
        result[name] = places
    return result
