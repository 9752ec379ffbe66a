"""Simulated revisits of a fine scene (Wald's protocol).

The truth is a real 10 m image; its revisits are seen at 20 m, each with its
own sub-pixel shift, radiometry, haze, clouds, mask errors and noise.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from .sensor import REACH, see

LARGEST_SHIFT = 2.0  # low-resolution pixels
MARGIN = REACH + int(2 * LARGEST_SHIFT)  # fine pixels around the truth


@dataclass
class Revisits:
    """What the network gets and what it should give.

    views (B,K,C,h,w) reflectance, anchor first, then clearest first;
    valid (B,K,h,w) bool; shifts (B,K,2) low-resolution pixels (down, right);
    truth (B,C,2h,2w) reflectance at the anchor's date and radiometry.
    """

    views: torch.Tensor
    valid: torch.Tensor
    shifts: torch.Tensor
    truth: torch.Tensor


class Dice:
    """Random draws from one seeded generator."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, low, high, *shape):
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def chance(self, p, *shape):
        return torch.rand(shape, generator=self.generator) < p

    def integer(self, low, high):
        """low <= n < high."""
        return int(torch.randint(low, high, (1,), generator=self.generator))

    def choice(self, weights) -> int:
        return int(torch.multinomial(torch.as_tensor(weights, dtype=torch.float32), 1, generator=self.generator))


def smooth_field(dice, count, size, cell):
    """`count` smooth random fields (count,1,h,w), mean 0, spread 1, with blobs about `cell` pixels wide."""
    grid = [max(3, round(s / cell) + 1) for s in size]
    field = F.interpolate(dice.normal(count, 1, *grid), size=size, mode="bicubic", align_corners=False)
    return (field - field.mean((2, 3), keepdim=True)) / (field.std((2, 3), keepdim=True) + 1e-6)


def add_haze(views, setting, dice):
    """A thin, smooth veil over some views; the anchor stays clear."""
    batch, count, _, h, w = views.shape
    veil = torch.sigmoid(smooth_field(dice, batch * count, (h, w), 16)).view(batch, count, 1, h, w)
    strength = dice.uniform(0, setting["haze_max"], batch, count, 1, 1, 1)
    on = dice.chance(setting["haze_chance"], batch, count, 1, 1, 1)
    on[:, 0] = False
    veil = veil * strength * on
    return views * (1 - veil) + 0.4 * veil


def add_clouds(views, setting, dice):
    """Clouds and their shadows, and the masks that miss some of them.

    -> (views, valid (B,K,h,w) bool). The mask is drawn at another threshold
    than the cloud: usually wider, sometimes too narrow, so that bright
    fringes and dark shadows stay unmasked.
    """
    batch, count, _, h, w = views.shape
    n = batch * count
    shape = (batch, count, 1, h, w)
    chance = torch.full((batch, count), float(setting["cloud_chance"]))
    chance[:, 0] = setting["anchor_cloud_chance"]
    on = (torch.rand((batch, count), generator=dice.generator) < chance).view(batch, count, 1, 1, 1)
    if "cloudy_share" in setting:
        on = cloudy_others(batch, count, setting["cloudy_share"], dice).view(batch, count, 1, 1, 1)
    field = smooth_field(dice, n, (h, w), setting["cloud_cell"]).view(shape)
    cover = dice.uniform(0, 1, batch, count) ** 2 * setting["cloud_cover_max"]
    cover = cover.clamp(min=setting.get("cloud_cover_min", 0.0))
    edge = torch.erfinv(1 - 2 * cover.clamp(0.005, 0.995)).view(batch, count, 1, 1, 1) * 2 ** 0.5
    opacity = torch.sigmoid((field - edge) * 6) * on
    slip = [dice.integer(-7, 8), dice.integer(-7, 8)]
    shadow = opacity.roll(slip, (-2, -1)) * (1 - opacity)
    light = dice.uniform(0.3, 0.9, batch, count, 1, 1, 1)
    clouded = views * (1 - 0.55 * shadow)
    clouded = clouded * (1 - opacity) + light * opacity

    error = dice.uniform(-0.6, setting["mask_error"], batch, count, 1, 1, 1)
    careful = dice.chance(0.7, batch, 1, 1, 1)
    error[:, 0] = torch.where(careful, error[:, 0].clamp(max=-0.3), error[:, 0])
    masked = (field > edge + error) & on
    shadow_masked = dice.chance(0.7, batch, count, 1, 1, 1) & masked.roll(slip, (-2, -1))
    return clouded, ~(masked | shadow_masked).squeeze(2)


def cloudy_others(batch: int, count: int, share: float, dice):
    """(B,K) bool: exactly round(share x K) views of each scene, never the anchor."""
    wanted = min(round(share * count), count - 1)
    rank = dice.uniform(0, 1, batch, count)
    rank[:, 0] = 2
    return rank.argsort(dim=1).argsort(dim=1) < wanted


def cut_swath(views, valid, setting, dice):
    """Some views end at a straight line: no data (0) and invalid beyond it."""
    batch, count, _, h, w = views.shape
    angle = dice.uniform(0, 6.2832, batch, count, 1, 1)
    y, x = torch.linspace(-1, 1, h).view(-1, 1), torch.linspace(-1, 1, w).view(1, -1)
    beyond = y * torch.sin(angle) + x * torch.cos(angle) > dice.uniform(-0.2, 1, batch, count, 1, 1)
    beyond = beyond & dice.chance(setting["swath_chance"], batch, count, 1, 1)
    beyond[:, 0] = False
    return views.masked_fill(beyond.unsqueeze(2), 0.0), valid & ~beyond


def add_change(fine, setting, dice):
    """Rectangles of other content in some views, or in all but the anchor: what is built, moved or ploughed.

    fine (B,K,C,H,W); the content comes from the next scene of the batch,
    rolled, at the local mean brightness. The anchor stays as it is.
    """
    batch, count, _, height, width = fine.shape
    out = fine
    for b in range(batch):
        if not bool(dice.chance(setting["paste_chance"], 1)):
            continue
        donor = fine[(b + 1) % batch, 0].roll((height // 3, width // 3), (-2, -1))
        rows, cols = (dice.integer(4, max(5, s // 2)) for s in (height, width))
        top, left = dice.integer(0, height - rows), dice.integer(0, width - cols)
        views = dice.chance(0.5, count)
        if "paste_all_chance" in setting and bool(dice.chance(setting["paste_all_chance"], 1)):
            views[:] = True
        views[0] = False
        if out is fine:
            out = fine.clone()
        area = (..., slice(top, top + rows), slice(left, left + cols))
        patch = donor[area]
        for k in torch.nonzero(views).flatten().tolist():
            here = out[b, k][area]
            out[b, k][area] = (patch - patch.mean((1, 2), keepdim=True) + here.mean((1, 2), keepdim=True)).clamp(min=0)
    return out


def clearest_first(views, valid, shifts):
    """The anchor stays first; the others are ordered by their clear pixels, ties as they are."""
    clear = valid.flatten(2).sum(2)
    clear[:, 0] = valid[0, 0].numel() + 1
    order = clear.sort(dim=1, descending=True, stable=True).indices
    rows = torch.arange(views.shape[0]).unsqueeze(1)
    return views[rows, order], valid[rows, order], shifts[rows, order]


def dates_seen(fine, other, count: int, setting: dict, dice):
    """(B,K,C,H,W): what each view looks at: the anchor's date, or another one, or part of the way to it.

    Where views agree (second_date_agree_chance), all that are not of the anchor's date show the very same ground.
    """
    batch = fine.shape[0]
    second = dice.chance(setting["second_date_share"], batch, count)
    second &= dice.chance(setting["second_date_chance"], batch, 1)
    if "second_date_all_chance" in setting:
        second |= dice.chance(setting["second_date_all_chance"], batch, 1)
    second[:, 0] = False
    way = second.view(batch, count, 1, 1, 1).to(fine)
    if "second_date_least" in setting:
        way = way * dice.uniform(setting["second_date_least"], 1, *way.shape)
    if "second_date_agree_chance" in setting:
        agree = dice.chance(setting["second_date_agree_chance"], batch)
        way = torch.where(agree.view(-1, 1, 1, 1, 1), way.amax(1, keepdim=True) * second.view_as(way), way)
    if other.dim() == fine.dim():
        other = other.unsqueeze(1)
    elif other.shape[1] > 1:
        which = (dice.uniform(0, 1, batch, count) * other.shape[1]).long()
        if "second_date_agree_chance" in setting:
            which = torch.where(agree.unsqueeze(1), which[:, :1], which)
        other = other[torch.arange(batch).unsqueeze(1), which]
    return torch.lerp(fine.unsqueeze(1), other, way)


def draw_shifts(batch: int, count: int, setting: dict, dice):
    """(B,K,2) low-resolution pixels; the anchor's is 0."""
    reach = setting["shift"]
    shifts = dice.uniform(-reach, reach, batch, count, 2)
    if "still_chance" in setting:
        still = dice.chance(setting["still_chance"], batch, 1, 1)
        shifts = torch.where(still, shifts * dice.uniform(0, 0.5, batch, 1, 1), shifts)
    shifts[:, 0] = 0
    return shifts


def simulate(fine, other, count: int, setting: dict, dice: Dice) -> Revisits:
    """K = `count` revisits of each scene.

    fine, other (B,C,2h+2m,2w+2m) reflectance with m = MARGIN: the anchor's
    date, and a second date of the same ground (or the same tensor); `other`
    may be several dates (B,D,C,2h+2m,2w+2m).
    """
    batch, bands, height, width = fine.shape
    h, w = (height - 2 * MARGIN) // 2, (width - 2 * MARGIN) // 2
    seen = add_change(dates_seen(fine, other, count, setting, dice), setting, dice)
    shifts = draw_shifts(batch, count, setting, dice)
    views = see(seen.flatten(0, 1), (h, w), MARGIN, shifts.flatten(0, 1)).view(batch, count, bands, h, w)

    gain = 1 + setting["gain"] * (dice.normal(batch, count, 1, 1, 1) + 0.5 * dice.normal(batch, count, bands, 1, 1))
    offset = setting["offset"] * (dice.normal(batch, count, 1, 1, 1) + 0.5 * dice.normal(batch, count, bands, 1, 1))
    gain[:, 0], offset[:, 0] = 1, 0
    views = views * gain + offset
    views = add_haze(views, setting, dice)
    views, valid = add_clouds(views, setting, dice)
    low, high = setting["noise"]
    sigma = low * (high / low) ** dice.uniform(0, 1, batch, 1, 1, 1, 1)
    views = (views + sigma * dice.normal(*views.shape)).clamp(min=0)
    views, valid = cut_swath(views, valid, setting, dice)
    truth = fine[..., MARGIN:MARGIN + 2 * h, MARGIN:MARGIN + 2 * w]
    views, valid, shifts = clearest_first(views, valid, shifts)
    return Revisits(views, valid, shifts, truth)
