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
    """The anchor beside the city's real second date, both at 20 m: the gain of the second view, dB."""
    rows = []
    for place in (p for p in places if p.paired):
        stack = evaluation_stack(place, 2, REAL)
        one = network(stack.views[:, :1], stack.valid[:, :1])
        rows.append({"place": place.name, "bicubic": psnr(upsample(stack.views[:, 0]), stack.truth),
                     "one view": psnr(one, stack.truth),
                     "with the real second date": psnr(network(stack.views, stack.valid), stack.truth)})
    return rows


def degraded(fine, noise: float, generator):
    """(3,2h,2w) -> (3,h,w) as the 20 m sensor sees it."""
    low = see(fine.unsqueeze(0), (fine.shape[-2] // 2, fine.shape[-1] // 2), 0)[0]
    return (low + noise * torch.randn(low.shape, generator=generator)).clamp(min=0)


@torch.no_grad()
def boadella_rows(network, data: Path, noise: float = 0.0015) -> list[dict]:
    """Each clear date at its own 10 m, reconstructed from real dates at 20 m, on the lower fifth of the place.

    anchor: the date's own 20 m view with all other dates beside it.
    neighbours: without its own view; the nearest date is the anchor, and the
    result is compared after each band's gain and offset, as bicubic is.
    """
    place = boadella(data)
    strips = [one_part(place, subset) for subset in ("validation", "test")]
    parts = [torch.cat([s.dates[k] for s in strips], dim=-1) for k in range(len(place.dates))]
    height, width = (n // 2 * 2 for n in parts[0].shape[-2:])
    parts = [p[:, :height, :width] for p in parts]
    generator = torch.Generator().manual_seed(77)
    low = [degraded(p, noise, generator) for p in parts]
    inside = (..., slice(BORDER, -BORDER), slice(BORDER, -BORDER))

    def reconstruct(order, target):
        views = torch.stack([matched(low[k], low[order[0]]).clamp(min=0) if k != order[0] else low[k] for k in order])[None]
        image = network(views, torch.ones_like(views[:, :, 0], dtype=torch.bool))
        score = lambda x: psnr(colour_matched(x[inside], target[inside]), target[inside])
        return score(image), score(upsample(views[:, 0])), score(network(views[:, :1], torch.ones_like(views[:, :1, 0], dtype=torch.bool)))

    rows = []
    for k, part in enumerate(parts):
        others = sorted((j for j in range(len(parts)) if j != k), key=lambda j: (abs(j - k), j))
        own, plain, single = reconstruct([k, *others], part[None])
        neighbours, nearest, _ = reconstruct(others, part[None])
        rows.append({"date": k, "bicubic": plain, "one view": single, "with the other dates": own,
                     "bicubic of the nearest date": nearest, "without its own view": neighbours})
    return rows + [{"date": "mean", **{key: sum(r[key] for r in rows) / len(rows) for key in list(rows[0])[1:]}}]
