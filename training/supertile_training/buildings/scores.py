"""Scores of building maps: IoU per class, and instances matched by the rules of solaris."""

import numpy as np

IOU_LIMIT = 0.25


def confusion(predicted: np.ndarray, truth: np.ndarray, area: np.ndarray) -> np.ndarray:
    """(H,W) bool each -> pixels [true positives, false positives, false negatives, true negatives] inside `area`."""
    p, t = predicted[area], truth[area]
    return np.array([(p & t).sum(), (p & ~t).sum(), (~p & t).sum(), (~p & ~t).sum()])


def class_iou(counts) -> dict:
    """Summed confusion -> IoU of building and background, and their mean."""
    tp, fp, fn, tn = (float(c) for c in counts)
    building, background = tp / max(tp + fp + fn, 1), tn / max(tn + fp + fn, 1)
    return {"building": building, "background": background, "mean": (building + background) / 2}


def matches(predicted: np.ndarray, truth: np.ndarray, limit: float = IOU_LIMIT) -> tuple[int, int, int]:
    """(H,W) labels each -> (true positives, false positives, false negatives).

    Predictions in the order of their labels; each takes the free true
    building with the highest IoU, if that is above `limit`.
    """
    area_p, area_t = np.bincount(predicted.ravel()), np.bincount(truth.ravel())
    both = (predicted > 0) & (truth > 0)
    pairs, shared = np.unique(np.stack([predicted[both], truth[both]]), axis=1, return_counts=True)
    candidates = {}
    for (p, t), n in zip(pairs.T.tolist(), shared.tolist()):
        iou = n / (area_p[p] + area_t[t] - n)
        if iou > limit:
            candidates.setdefault(p, []).append((iou, t))
    taken = set()
    for p in sorted(candidates):
        free = [(iou, -t) for iou, t in candidates[p] if t not in taken]
        if free:
            taken.add(-max(free)[1])
    found, wanted = int((area_p[1:] > 0).sum()), int((area_t[1:] > 0).sum())
    return len(taken), found - len(taken), wanted - len(taken)


def detection(tp: int, fp: int, fn: int) -> dict:
    """Precision, recall, F1; 0 where nothing was found, or nothing was there."""
    precision, recall = tp / max(tp + fp, 1), tp / max(tp + fn, 1)
    return {"precision": precision, "recall": recall, "f1": 2 * tp / max(2 * tp + fp + fn, 1)}
