"""Sub-pixel shifts of whole images: Lanczos resampling, and the search for the shift that registers two images."""

import torch
from torch.nn import functional as F

LOBES = 3  # Lanczos a
REACH = 5  # taps on either side: shifts up to 2 pixels
LIMIT = float(REACH - LOBES)


def lanczos_taps(shift):
    """(n,) pixels -> (n, 2 REACH + 1) taps that move a signal by `shift` (to higher indices), summing to 1.

    Shifts beyond +-LIMIT are held there: the kernel would leave its window.
    """
    x = torch.arange(-REACH, REACH + 1, dtype=shift.dtype, device=shift.device) - shift.clamp(-LIMIT, LIMIT).unsqueeze(1)
    taps = torch.sinc(x) * torch.sinc(x / LOBES) * (x.abs() < LOBES)
    return taps / taps.sum(dim=1, keepdim=True)


def moved(images, shift):
    """(n,C,H,W) moved by shift (n,2) = (down, right) pixels, all bands alike; borders are reflected."""
    count, bands, height, width = images.shape
    taps = [lanczos_taps(shift[:, axis]).flip(1) for axis in (0, 1)]  # conv2d correlates
    flat = F.pad(images, (REACH,) * 4, mode="reflect").transpose(0, 1)  # (C,n,..): one group an image
    flat = F.conv2d(flat, taps[0].view(count, 1, -1, 1), groups=count)
    flat = F.conv2d(flat, taps[1].view(count, 1, 1, -1), groups=count)
    return flat.transpose(0, 1)


@torch.no_grad()
def best_shift(images, targets, known=None, reach: float = 1.5, step: float = 0.5):
    """The shift (n,2) of a grid that brings each image nearest to its target, after each band's gain and offset.

    images, targets (n,C,H,W); known (n,H,W) bool: where the targets hold
    something, all where not given; nothing else is looked at. The best node
    and its neighbours are refined by a parabola along each axis. A border of
    REACH pixels is left out.
    """
    nodes = torch.arange(-reach, reach + step / 2, step, device=images.device)
    inside = (..., slice(REACH, -REACH), slice(REACH, -REACH))
    gate = (torch.ones_like(targets[:, :1]) if known is None else known.unsqueeze(1).to(targets))[inside].flatten(2)
    held = gate.sum(2, keepdim=True).clamp(min=1)

    def centred(values):
        values = values[inside].flatten(2)
        return (values - (values * gate).sum(2, keepdim=True) / held) * gate

    target = centred(targets)

    def unlike(shift):
        image = centred(moved(images, shift))
        return 1 - ((image * target).sum(2) / (image.norm(dim=2) * target.norm(dim=2)).clamp(min=1e-12)).mean(1)

    count = images.shape[0]
    cost = torch.stack([torch.stack([unlike(torch.stack([a, b]).expand(count, 2)) for b in nodes]) for a in nodes])
    best = cost.flatten(0, 1).argmin(dim=0)
    at = torch.stack([best // len(nodes), best % len(nodes)], dim=1)
    result = nodes[at]
    for n in range(count):
        for axis in (0, 1):
            i = int(at[n, axis])
            if 0 < i < len(nodes) - 1:
                line = cost[:, at[n, 1], n] if axis == 0 else cost[at[n, 0], :, n]
                curve = line[i - 1] - 2 * line[i] + line[i + 1]
                if curve > 0:
                    result[n, axis] += step * 0.5 * (line[i - 1] - line[i + 1]) / curve
    return result
