"""The sensor model: how a low-resolution pixel sees the fine scene.

A Gaussian point spread whose modulation transfer is 0.3 at the
low-resolution Nyquist frequency, sampled at the low-resolution pixel
centres. The simulator and the consistency loss share this one function.
"""

import math

import torch

MTF_AT_NYQUIST = 0.3
FACTOR = 2
SIGMA_FINE = FACTOR * math.sqrt(-2 * math.log(MTF_AT_NYQUIST)) / math.pi  # 0.98788 fine pixels
REACH = 4  # fine pixels on either side of a pixel centre


def sampling_matrix(size: int, margin: int, shift):
    """Rows that turn fine samples along one axis into low-resolution ones.

    size: low-resolution pixels. margin: fine pixels before the first and
    after the last of them. shift (n,): low-resolution pixels, where the
    pixel centres lie in the fine scene. -> (n, size, 2 * size + 2 * margin).

    With zero shift the taps are at +-0.5, 1.5, 2.5, 3.5 fine pixels. A shift
    moves the point spread, which passes next to nothing at the fine Nyquist
    frequency (0.008): the same as resampling the scene with a band-limited
    kernel before the point spread.
    """
    fine = FACTOR * size + 2 * margin
    centre = margin + FACTOR * torch.arange(size, dtype=torch.float32, device=shift.device) + (FACTOR - 1) / 2
    centre = centre + FACTOR * shift.view(-1, 1)
    first = torch.floor(centre) - (REACH - 1)
    offset = torch.arange(fine, dtype=torch.float32, device=shift.device) - centre.unsqueeze(-1)
    index = torch.arange(fine, device=shift.device) - first.unsqueeze(-1)
    taps = torch.exp(-0.5 * (offset / SIGMA_FINE) ** 2) * ((index >= 0) & (index < 2 * REACH))
    return taps / taps.sum(dim=-1, keepdim=True)


def see(fine, size: tuple[int, int], margin: int, shift=None):
    """The fine scene as the low-resolution sensor sees it.

    fine (n,C,2h+2m,2w+2m) reflectance, size (h,w), margin m in fine pixels,
    shift (n,2) as (down, right) in low-resolution pixels -> (n,C,h,w).
    Taps outside the fine scene are left out and the rest normalised.
    """
    if shift is None:
        shift = fine.new_zeros(1, 2)
    down = sampling_matrix(size[0], margin, shift[:, 0]).to(fine)
    right = sampling_matrix(size[1], margin, shift[:, 1]).to(fine)
    rows = torch.matmul(down.unsqueeze(1), fine)
    return torch.matmul(rows, right.unsqueeze(1).transpose(-1, -2))
