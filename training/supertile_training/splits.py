"""Which pixels a network may learn from: the paper's within-scene split, and dates kept for another period.

A scene's top 80 % are for training, the left half of the rest for
validation, the right half for testing (paper section 2.1.4, figure 4). The
parts do not overlap, and what is cut from a part stays inside it, the
simulator's margin included.
"""

from dataclasses import replace

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


def training_part(groups: dict, setting: dict | None, held=()) -> dict:
    """The places of every group as a configuration's `split` leaves them.

    setting: {within_scene, other_period, held_out_tops}. within_scene: of
    each city and larger scene the top 80 % alone. other_period: names of
    cities seen on their first date alone. held_out_tops: the cities that are
    held out otherwise (`held`) take part with the top 80 % of their first
    date, so that their other parts and their second date test the paper's
    split. Patches are too small to be split and belong to training whole.
    """
    if not setting:
        return groups
    early = set(setting.get("other_period", []))
    unknown = early - {p.name for p in groups.get("cities", [])}
    if unknown:
        raise ValueError(f"split.other_period names {', '.join(sorted(unknown))}: not among the training cities")
    result = {}
    for name, places in groups.items():
        places = [first_period(p) if p.name in early else p for p in places]
        if setting.get("within_scene") and name != "patches":
            places = [one_part(p, "train") for p in places]
        result[name] = places
    if setting.get("held_out_tops"):
        result["cities"] = result["cities"] + [first_period(one_part(p, "train")) for p in held]
    return result
