"""Which pixels of a revisit are clear, and whether the revisit is usable."""

from dataclasses import dataclass

import numpy as np

# Classes of the scene classification (SCL) that are masked. `paper` is Razzak et al. (2021): clouds of high
# probability. `supertile` is what Supertile masks: also no data, defective, cloud shadow, clouds of medium
# probability, cirrus and snow.
MASKS = {"paper": (9,), "supertile": (0, 1, 3, 8, 9, 10, 11)}
USABLE = 0.5  # the share of the scene that must be clear


@dataclass
class Verdict:
    """Shares 0..1. covered and clear: of the scene; masked: of what is covered. `why_not` is empty for a usable revisit."""

    covered: float
    masked: float
    clear: float
    why_not: str

    @property
    def usable(self) -> bool:
        return not self.why_not


def clear_pixels(known, classes, mask: str) -> np.ndarray:
    """known (...,h,w) bool, classes (...,h,w) -> (...,h,w) bool."""
    return known & ~np.isin(classes, MASKS[mask])


def judge(known, classes, inside, mask: str) -> Verdict:
    """One revisit; inside (h,w) bool are the pixels of the scene."""
    scene = int(inside.sum())
    covered = int((known & inside).sum())
    clear = int((clear_pixels(known, classes, mask) & inside).sum())
    shares = covered / scene, (covered - clear) / max(covered, 1), clear / scene
    why = ""
    if shares[2] < USABLE:
        why = (f"clear over {shares[2]:.0%} of the scene, less than {USABLE:.0%}: "
               f"data over {shares[0]:.0%}, {shares[1]:.0%} of them masked")
    return Verdict(*shares, why)
