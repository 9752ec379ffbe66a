"""Revisits that really happened, brought to 20 m: real shifts, light and change, in place of simulated ones."""

from pathlib import Path

import torch

from .baselines import colour_matched
from .evaluate import evaluation_stack
from .metrics import psnr
from .network import upsample
from .scenes import boadella, matched
from .sensor import see
from .settings import SETTINGS
from .splits import one_part

REAL = SETTINGS["clear"] | {"shift": 0.0, "gain": 0.0, "offset": 0.0, "second_date_chance": 1.0, "second_date_share": 1.0}
BORDER = 8  # fine pixels that are not scored


@torch.no_grad()
def second_date_rows(network, places) -> list[dict]:
    """The anchor beside the city's real second date, both at 20 m, PSNR in dB; the date once, and seven times, moved or not.

    Seven that are not moved have nothing to add, and agree against the anchor.
    """
    rows = []
    for place in (p for p in places if p.paired):
        stack = evaluation_stack(place, 2, REAL)
        moved = evaluation_stack(place, 8, REAL | {"shift": 1.0})
        still = evaluation_stack(place, 8, REAL)
        one = network(stack.views[:, :1], stack.valid[:, :1])
        rows.append({"place": place.name, "bicubic": psnr(upsample(stack.views[:, 0]), stack.truth),
                     "one view": psnr(one, stack.truth),
                     "with the real second date": psnr(network(stack.views, stack.valid), stack.truth),
                     "with seven revisits of that date": psnr(network(moved.views, moved.valid), moved.truth),
                     "with seven that do not move": psnr(network(still.views, still.valid), still.truth)})
    return rows


def degraded(fine, noise: float, generator):
    """(3,2h,2w) -> (3,h,w) as the 20 m sensor sees it."""
    low = see(fine.unsqueeze(0), (fine.shape[-2] // 2, fine.shape[-1] // 2), 0)[0]
    return (low + noise * torch.randn(low.shape, generator=generator)).clamp(min=0)


# Boadella's clear dates by number: each with the date five days away, and those of summer with those of other years.
NEIGHBOURS = {0: (1,), 1: (0,), 4: (5,), 5: (4,)}
SUMMERS = {2: (4, 5, 7, 3), 4: (5, 2, 7, 3), 5: (4, 2, 7, 3), 7: (4, 5, 2)}


def boadella_strips(data: Path, noise: float = 0.0015) -> tuple[list, list]:
    """The lower fifth of the place on each clear date: at its own 10 m, and at 20 m."""
    place = boadella(data)
    strips = [one_part(place, subset) for subset in ("validation", "test")]
    parts = [torch.cat([s.dates[k] for s in strips], dim=-1) for k in range(len(place.dates))]
    height, width = (n // 2 * 2 for n in parts[0].shape[-2:])
    parts = [p[:, :height, :width] for p in parts]
    generator = torch.Generator().manual_seed(77)
    return parts, [degraded(p, noise, generator) for p in parts]


def reconstruct(network, low, order, target) -> tuple[float, float, float]:
    """PSNR of all views, of bicubic of the first and of the first alone, colours matched; the first view is the anchor."""
    inside = (..., slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    views = torch.stack([matched(low[k], low[order[0]]).clamp(min=0) if k != order[0] else low[k] for k in order])[None]
    everywhere = torch.ones_like(views[:, :, 0], dtype=torch.bool)
    score = lambda x: psnr(colour_matched(x[inside], target[inside]), target[inside])
    return score(network(views, everywhere)), score(upsample(views[:, 0])), score(network(views[:, :1], everywhere[:, :1]))


def mean_row(rows: list[dict]) -> dict:
    return {key: sum(r[key] for r in rows) / len(rows) for key in list(rows[0])[1:]}


@torch.no_grad()
def boadella_rows(network, data: Path) -> list[dict]:
    """Each clear date at its own 10 m, reconstructed from real dates at 20 m.

    anchor: the date's own 20 m view with all other dates beside it.
    neighbours: without its own view; the nearest date is the anchor, and the
    result is compared after each band's gain and offset, as bicubic is.
    """
    parts, low = boadella_strips(data)
    rows = []
    for k, part in enumerate(parts):
        others = sorted((j for j in range(len(parts)) if j != k), key=lambda j: (abs(j - k), j))
        own, plain, single = reconstruct(network, low, [k, *others], part[None])
        neighbours, nearest, _ = reconstruct(network, low, others, part[None])
        rows.append({"date": k, "bicubic": plain, "one view": single, "with the other dates": own,
                     "bicubic of the nearest date": nearest, "without its own view": neighbours})
    return rows + [{"date": "mean", **mean_row(rows)}]


@torch.no_grad()
def season_rows(network, data: Path) -> list[dict]:
    """The same beside dates of the same season alone, as a window of the product has: means over dates."""
    parts, low = boadella_strips(data)
    found = []
    for name, dates in (("the date five days away", NEIGHBOURS), ("summers of other years", SUMMERS)):
        each = [reconstruct(network, low, [k, *others], parts[k][None]) for k, others in dates.items()]
        fused, plain, single = (sum(column) / len(each) for column in zip(*each))
        found.append({"beside": name, "dates": len(each), "bicubic": plain, "one view": single, "with the others": fused})
    return found
