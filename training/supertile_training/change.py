"""Ground that changed between the anchor and every other view: what the paper calls anchored fusion."""

import torch

from .evaluate import WINDOW, anchor_window, dice_of
from .metrics import psnr
from .scenes import matched
from .simulate import MARGIN, simulate
from .settings import CLEAR

SIDE, PITCH = 48, 128  # fine pixels: a changed square, and from one to the next
INNER = 4  # fine pixels at the square's edge that are not scored: the point spread mixes both sides there


def changed_squares(height: int, width: int):
    """(H,W) bool, squares on a grid, without the margin of a simulated scene."""
    inside = torch.zeros(height, width, dtype=torch.bool)
    for top in range(PITCH // 4, height - SIDE, PITCH):
        for left in range(PITCH // 4, width - SIDE, PITCH):
            inside[top:top + SIDE, left:left + SIDE] = True
    return inside


def eroded(inside, by: int):
    """The pixels of (H,W) bool whose surroundings within `by` pixels are all inside."""
    kept = -torch.nn.functional.max_pool2d(-inside.float()[None, None], 2 * by + 1, 1, by)[0, 0]
    return kept > 0.5


def changed_stack(place, count: int, window: int = WINDOW):
    """(stack, (2h,2w) bool): all views but the anchor show other content of the same city in the squares.

    The content lies half a window away and is brought to the mean of what it
    replaces, so that no brightness gives it away.
    """
    fine = anchor_window(place, window)
    height, width = fine.shape[-2:]
    inside = torch.zeros(height, width, dtype=torch.bool)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = changed_squares(height - 2 * MARGIN, width - 2 * MARGIN)
    moved = matched(fine.roll((height // 2, width // 2), (-2, -1)), fine).clamp(min=0)
    other = torch.where(inside, moved, fine)
    everywhere = CLEAR | {"second_date_chance": 1.0, "second_date_share": 1.0}
    stack = simulate(fine.unsqueeze(0), other.unsqueeze(0), count, everywhere, dice_of(f"change {place.name} {count}"))
    return stack, eroded(inside[MARGIN:-MARGIN, MARGIN:-MARGIN], INNER)


@torch.no_grad()
def change_scores(network, place, count: int = 8) -> dict:
    """RMSE inside the changed squares from all views and from the anchor alone, their ratio, and PSNR outside."""
    stack, inside = changed_stack(place, count)
    fused = network(stack.views, stack.valid)
    single = network(stack.views[:, :1], stack.valid[:, :1])
    rmse = {name: float((image - stack.truth)[..., inside].square().mean().sqrt())
            for name, image in (("fused", fused), ("single", single))}
    outside = ~torch.nn.functional.max_pool2d(inside.float()[None, None], 25, 1, 12)[0, 0].bool()
    return {"place": place.name, "views": count, **rmse, "ratio": rmse["fused"] / rmse["single"],
            "psnrOutside": psnr(fused[..., outside], stack.truth[..., outside])}
