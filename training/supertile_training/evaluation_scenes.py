"""The scenes that tables are made of, each with its seeded stack of revisits.

unseen: the held-out cities, of which no pixel and no date was learnt from.
train, validation, test: the paper's within-scene split (its table 1).
other period: the same parts on a date kept out of training (its table 2).
"""

from dataclasses import dataclass, replace
from pathlib import Path

from .evaluate import WINDOW, evaluation_stack, middle
from .scenes import cities, held_out
from .simulate import Revisits
from .splits import SUBSETS, one_part

PART_WINDOW = 256  # fine pixels a side at most, of one part of a training city
OTHER_PERIOD = "other period, "


@dataclass
class EvaluationScene:
    """A stack with the place and subset it belongs to; `area` is where its truth lies in the place's anchor date."""

    name: str
    subset: str
    stack: Revisits
    area: tuple


def scene(place, subset: str, count: int, setting: dict, window: int) -> EvaluationScene:
    return EvaluationScene(place.name, subset, evaluation_stack(place, count, setting, window),
                           middle(place.dates[0], window))


def unseen_scenes(data: Path, count: int, setting: dict) -> list[EvaluationScene]:
    return [scene(p, "unseen", count, setting, WINDOW) for p in held_out(data)]


def split_scenes(data: Path, split: dict, count: int, setting: dict) -> list[EvaluationScene]:
    """Parts of the training cities as `split` (a configuration's) keeps them apart, on both periods."""
    unseen = {p.name for p in held_out(data)}
    places = [p for p in cities(data) if p.name not in unseen]
    result = [scene(replace(one_part(p, subset), name=f"{p.name}-{subset}"), subset, count, setting, PART_WINDOW)
              for subset in SUBSETS for p in places]
    later = [replace(p, dates=p.dates[::-1]) for p in places if p.name in split["other_period"]]
    result += [scene(replace(one_part(p, subset), name=f"{p.name}-{subset}-later"), OTHER_PERIOD + subset, count, setting, PART_WINDOW)
               for subset in SUBSETS for p in later]
    return result
