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
def best_shift(images, targets, reach: float = 1.5, step: float = 0.5):
    """The shift (n,2) of a grid that brings each image nearest to its target, after each band's gain and offset.

    images, targets (n,C,H,W). The best node and its neighbours are refined
    by a parabola along each axis. A border of REACH pixels is left out.
    """
    nodes = torch.arange(-reach, reach + step / 2, step)
    inside = (..., slice(REACH, -REACH), slice(REACH, -REACH))

    def unlike(shift):
        x, y = (z.flatten(2) - z.flatten(2).mean(2, keepdim=True) for z in (moved(images, shift)[inside], targets[inside]))
        return 1 - ((x * y).sum(2) / (x.norm(dim=2) * y.norm(dim=2)).clamp(min=1e-12)).mean(1)

    count = images.shape[0]
    cost = torch.stack([torch.stack([unlike(torch.tensor([[a, b]]).expand(count, 2)) for b in nodes]) for a in nodes])
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
