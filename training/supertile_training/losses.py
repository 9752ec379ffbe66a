"""The training losses. All take reflectance; `unit` brings them to about 1."""

import torch
from torch import nn
from torch.nn import functional as F

from .colour import ColourMatching
from .metrics import ssim
from .sensor import REACH, see
from .shiftnet import ShiftNet
from .shifts import REACH as REGISTRATION_REACH
from .shifts import best_shift, moved


def pixel_loss(image, truth, kind: str, unit: float):
    """How far the image is from the truth, (B,C,2h,2w) each.

    kind: l1; mse; cmse (mean square after each band's bias is removed);
    psnr (minus the mean PSNR of the scenes in dB, but for a constant: every
    scene weighs the same, however bright); ssim (1 - SSIM, data range 1).
    """
    if kind == "l1":
        return (image - truth).abs().mean() / unit
    if kind == "mse":
        return F.mse_loss(image, truth) / unit ** 2
    if kind == "cmse":
        bias = (truth - image).mean((2, 3), keepdim=True).detach()
        return F.mse_loss(image + bias, truth) / unit ** 2
    if kind == "psnr":
        square = (image - truth).square().mean((1, 2, 3)) / unit ** 2
        return 10 * torch.log10(square + 1e-4).mean()
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


def even_where_unknown(images, known):
    """(B,C,H,W) with the mean of what is known, band by band, where nothing is: no pattern to register by."""
    if known is None:
        return images
    gate = known.unsqueeze(1).to(images)
    mean = (images * gate).sum((2, 3), keepdim=True) / gate.sum((2, 3), keepdim=True).clamp(min=1)
    return torch.where(known.unsqueeze(1), images, mean)


class Objective(nn.Module):
    """What a configuration's `loss` asks for, with the networks that serve training alone.

    pixel {kind, weight}: distance to the truth. consistency {kind, against,
    weight}: distance of the image, seen at low resolution, to the anchor or
    the reference frame. colour_matching: the truth comes from another sensor,
    so a network brings the image to its colours first. registration: how the
    image is moved onto a misaligned truth: none, search (the best of a grid of
    shifts) or shiftnet.

    The squared errors are divided by unit^2 so that the weights mean what
    they say: with the unit at 0.002, the limit of the certificate, an image at
    the limit scores 1, the scale on which 1 - SSIM lives. In plain reflectance
    it would score 0.000004, and 0.9 of it would count for nothing.
    """

    def __init__(self, config: dict, bands: int = 3):
        super().__init__()
        self.config = config
        self.colour = ColourMatching(bands) if config.get("colour_matching") else None
        registration = config.get("registration", "none")
        if registration not in ("none", "search", "shiftnet"):
            raise ValueError(f"loss.registration is {registration!r}, expected none, search or shiftnet")
        self.registration = registration
        self.shiftnet = ShiftNet(bands) if registration == "shiftnet" else None

    def registered(self, image, truth, known=None):
        """Image and truth on one grid, without the border that a shift leaves undefined.

        known (B,H,W) bool: where the truth holds something, all where not
        given. Elsewhere it has no say in the shift, and is then the image
        itself: no error and no gradient.
        """
        if self.registration != "none":
            if self.registration == "search":
                shift = best_shift(image.detach(), truth, known)
            else:
                shift = self.shiftnet(*(even_where_unknown(x, known) for x in (truth, image)))
            inside = (..., slice(REGISTRATION_REACH, -REGISTRATION_REACH), slice(REGISTRATION_REACH, -REGISTRATION_REACH))
            image, truth = moved(image, shift)[inside], truth[inside]
            known = known if known is None else known[inside]
        return image, truth if known is None else torch.where(known.unsqueeze(1), truth, image.detach())

    def forward(self, image, revisits, reference):
        """image (B,C,2h,2w), revisits (simulate.Revisits or alike), reference (B,C,h,w) -> scalar."""
        pixel, consistency, unit = self.config["pixel"], self.config["consistency"], self.config["unit"]
        loss = image.new_zeros(())
        if pixel["weight"]:
            shown = self.colour(image) if self.colour else image
            pair = self.registered(shown, revisits.truth, getattr(revisits, "truth_valid", None))
            loss = pixel["weight"] * pixel_loss(*pair, pixel["kind"], unit)
        if consistency["weight"]:
            if consistency["against"] == "anchor":
                low, valid = revisits.views[:, 0], revisits.valid[:, 0]
            else:
                low, valid = reference, revisits.valid.any(1)  # where any view shows the ground
            loss = loss + consistency["weight"] * consistency_loss(image, low, valid, consistency["kind"], unit)
        return loss
