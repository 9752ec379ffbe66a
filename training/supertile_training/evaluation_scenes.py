"""The scenes that tables are made of, each with its seeded stack of revisits.

unseen: the held-out cities, of which the weights that ship have seen nothing.
train, validation, test: the paper's within-scene split of these cities (its
table 1), for weights that have seen the train part. other period: the same
parts on the second date, which no weights have seen (its table 2).
"""

from dataclasses import dataclass, replace
from pathlib import Path

from .evaluate import WINDOW, evaluation_stack, middle
from .scenes import held_out
from .simulate import Revisits
from .splits import SUBSETS, one_part

PART_WINDOW = 256  # fine pixels a side at most, of one part of a city
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


def split_scenes(data: Path, count: int, setting: dict) -> list[EvaluationScene]:
    """The parts of the held-out cities on both periods, for weights of a configuration with `split.held_out_tops`.

    Such weights have seen the top of the first date, the train part of the first period, and nothing else of them.
    """
    places = held_out(data)
    result = [scene(replace(one_part(p, subset), name=f"{p.name}-{subset}"), subset, count, setting, PART_WINDOW)
              for subset in SUBSETS for p in places]
    later = [replace(p, dates=p.dates[::-1]) for p in places]
    return result + [scene(replace(one_part(p, subset), name=f"{p.name}-{subset}-later"), OTHER_PERIOD + subset, count,
                           setting, PART_WINDOW)
                     for subset in SUBSETS for p in later]
