"""The reference frame: what every view is compared with."""

import torch


def median_of_valid(views, valid):
    """Per-pixel median over the valid views.

    views (B,K,C,h,w), valid (B,K,h,w) bool -> ((B,C,h,w), any valid (B,1,h,w)).
    An even count gives the mean of the two middle values. Where no view is
    valid the value has no meaning.
    """
    gate = valid.unsqueeze(2)
    ordered = views.masked_fill(~gate, float("inf")).sort(dim=1).values
    count = gate.sum(dim=1)  # (B,1,h,w)
    lower = ((count - 1).clamp(min=0) // 2).unsqueeze(1).expand(-1, 1, views.shape[2], -1, -1)
    upper = (count // 2).clamp(max=views.shape[1] - 1).unsqueeze(1).expand_as(lower)
    middle = (ordered.gather(1, lower) + ordered.gather(1, upper)) / 2
    return middle.squeeze(1), count > 0


def reference_frame(views, valid):
    """(B,K,C,h,w) reflectance, (B,K,h,w) bool -> (B,C,h,w).

    The anchor (view 0) where it is valid; elsewhere the median of the valid
    views; where no view is valid, the anchor's own value.
    """
    anchor = views[:, 0]
    seen = valid[:, :1]
    if bool(seen.all()):
        return anchor
    median, known = median_of_valid(views, valid)
    return torch.where(~seen & known, median, anchor)


def fill_masked(views, valid, reference):
    """Every view with its invalid pixels replaced by the reference frame."""
    return torch.where(valid.unsqueeze(2), views, reference.unsqueeze(1))
