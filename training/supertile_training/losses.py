"""The training losses. All take reflectance; `unit` brings them to about 1."""

import torch
from torch.nn import functional as F

from .metrics import ssim
from .sensor import REACH, see


def pixel_loss(image, truth, kind: str, unit: float):
    """How far the image is from the truth, (B,C,2h,2w) each.

    kind: l1; mse; cmse (mean square after each band's bias is removed);
    ssim (1 - SSIM, data range 1).
    """
    if kind == "l1":
        return (image - truth).abs().mean() / unit
    if kind == "mse":
        return F.mse_loss(image, truth) / unit ** 2
    if kind == "cmse":
        bias = (truth - image).mean((2, 3), keepdim=True).detach()
        return F.mse_loss(image + bias, truth) / unit ** 2
    if kind == "ssim":
        return 1 - ssim(image, truth)
    raise ValueError(f"unknown pixel loss {kind!r}")


def consistency_loss(image, low, valid, kind: str, unit: float):
    """Mean square between the image seen at low resolution and a view of it.

    image (B,C,2h,2w), low (B,C,h,w), valid (B,h,w) bool: where to compare.
    kind: sensor (point spread, border left out); box (2 x 2 mean, as in the paper).
    """
    h, w = low.shape[-2:]
    if kind == "sensor":
        seen, edge = see(image, (h, w), 0), REACH // 2
    elif kind == "box":
        seen, edge = F.avg_pool2d(image, 2), 0
    else:
        raise ValueError(f"unknown consistency {kind!r}")
    inside = (..., slice(edge, h - edge), slice(edge, w - edge))
    gate = valid.unsqueeze(1)[inside]
    square = (seen - low)[inside] ** 2 * gate
    return square.sum() / (gate.sum() * image.shape[1]).clamp(min=1) / unit ** 2


def total_loss(image, revisits, reference, config: dict):
    """The weighted sum of a configuration: `pixel` and `consistency`, each {kind, weight, against}."""
    pixel, consistency, unit = config["pixel"], config["consistency"], config["unit"]
    loss = pixel["weight"] * pixel_loss(image, revisits.truth, pixel["kind"], unit)
    if consistency["weight"]:
        if consistency["against"] == "anchor":
            low, valid = revisits.views[:, 0], revisits.valid[:, 0]
        else:
            low, valid = reference, torch.ones_like(revisits.valid[:, 0])
        loss = loss + consistency["weight"] * consistency_loss(image, low, valid, consistency["kind"], unit)
    return loss
