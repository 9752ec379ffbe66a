"""Classical baselines. Where one is told what Supertile must find out (shifts, regularisation, colours), it says so.

Shapes as in network.py: views (1,K,C,h,w), valid (1,K,h,w), shifts (1,K,2) low-resolution pixels.
"""

import torch
from torch.nn import functional as F

from .network import upsample
from .reference import reference_frame
from .sensor import FACTOR, sampling_matrix


def bicubic(stack):
    """Bicubic upsampling of the reference frame."""
    return upsample(reference_frame(stack.views, stack.valid))


def colour_matched(image, truth):
    """`image` with the gain and offset of each band that come nearest to the truth: told the truth's colours."""
    def centred(x):
        mean = x.mean((-2, -1), keepdim=True)
        return x - mean, mean
    (x, x_mean), (y, y_mean) = centred(image.double()), centred(truth.double())
    gain = (x * y).sum((-2, -1), keepdim=True) / (x * x).sum((-2, -1), keepdim=True)
    return (x * gain + y_mean).to(image)


def registered_mean(stack):
    """Mean of the clear views, each upsampled (bicubic) and moved by its shift: told the shifts.

    Where no view is clear, the anchor's upsampling.
    """
    batch, count, bands, h, w = stack.views.shape
    moved, weights = [], []
    for k in range(count):
        grid = moving_grid(stack.shifts[:, k], (FACTOR * h, FACTOR * w))
        moved.append(F.grid_sample(upsample(stack.views[:, k]), grid, mode="bicubic", padding_mode="border",
                                   align_corners=False))
        clear = stack.valid[:, k].float().unsqueeze(1)
        clear = F.grid_sample(F.interpolate(clear, scale_factor=FACTOR), grid, padding_mode="border", align_corners=False)
        weights.append((clear > 0.99).float())
    total = sum(weights)
    mean = sum(m * g for m, g in zip(moved, weights)) / total.clamp(min=1)
    return torch.where(total > 0, mean, upsample(stack.views[:, 0]))


def moving_grid(shift, size: tuple[int, int]):
    """Sampling positions that undo a view's shift, (n,H,W,2) for grid_sample.

    A view with shift s shows at pixel p what lies at p + s; the fine pixel f
    is found at f - 2s.
    """
    height, width = size
    y = torch.arange(height, dtype=torch.float32) - FACTOR * shift[:, :1]
    x = torch.arange(width, dtype=torch.float32) - FACTOR * shift[:, 1:]
    y, x = (2 * y + 1) / height - 1, (2 * x + 1) / width - 1
    return torch.stack([x.unsqueeze(1).expand(-1, height, -1), y.unsqueeze(2).expand(-1, -1, width)], dim=-1)


def laplacian(x):
    """Second differences, (..., H, W); the image goes on at its other end."""
    flat = x.flatten(0, -3).unsqueeze(1)
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=x.dtype).view(1, 1, 3, 3)
    return F.conv2d(F.pad(flat, (1, 1, 1, 1), mode="circular"), kernel).view(x.shape)


def least_squares(stack, smoothness: float, iterations: int = 60):
    """argmin_x sum_k |V_k (A_k x - y_k)|^2 + smoothness |laplacian x|^2 by conjugate gradients from bicubic.

    A_k is the sensor model with the view's shift, V_k its mask: told the
    shifts and the sensor. The best `smoothness` is chosen with the truth by
    the caller, so this is an upper reference for classical methods.
    """
    views, valid, shifts = stack.views[0], stack.valid[0].unsqueeze(1).float(), stack.shifts[0]
    count, _, h, w = views.shape
    down, right = sampling_matrix(h, 0, shifts[:, 0]), sampling_matrix(w, 0, shifts[:, 1])
    down, right = down.unsqueeze(1), right.unsqueeze(1)

    def see_all(x):
        return down @ x @ right.transpose(-1, -2)

    def back(y):
        return (down.transpose(-1, -2) @ y @ right).sum(0)

    def normal(x):
        return back(valid * see_all(x)) + smoothness * laplacian(laplacian(x))

    x = bicubic(stack)[0]
    residual = back(valid * views) - normal(x)
    direction, power = residual, residual.square().sum()
    for _ in range(iterations):
        along = normal(direction)
        step = power / (direction * along).sum()
        x, residual = x + step * direction, residual - step * along
        power, before = residual.square().sum(), power
        if power < 1e-12 * residual.numel() * 1e-4:
            break
        direction = residual + power / before * direction
    return x.unsqueeze(0)
