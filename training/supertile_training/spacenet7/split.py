"""The paper's split within a scene: the top 80 % train, the bottom left 10 % validation, the bottom right 10 % test."""

from dataclasses import dataclass

from .errors import DataError

PARTS = ("train", "validation", "test")

# Low-resolution pixels kept free on either side of a border between parts: 19 are the radius that 16 views reach in
# the network, 5 what the resampling kernels reach (two pixels of 10 m are at most 3.5 of 5.8 m) and a shift of one.
MARGIN = 24


@dataclass(frozen=True)
class Region:
    """Rows top..bottom and columns left..right of the views, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    def grown(self, margin: int) -> "Region":
        return Region(self.top - margin, self.bottom + margin, self.left - margin, self.right + margin)

    def meets(self, other: "Region") -> bool:
        return (self.top < other.bottom and other.top < self.bottom
                and self.left < other.right and other.left < self.right)


def region_of(size: tuple[int, int], part: str, margin: int = MARGIN) -> Region:
    """Where patches of a part may lie in a scene of `size` (height, width).

    Patches of two parts stay apart even when both are grown by `margin`.
    """
    height, width = size
    border, middle = round(0.8 * height), width // 2
    regions = {"train": Region(0, border - margin, 0, width),
               "validation": Region(border + margin, height, 0, middle - margin),
               "test": Region(border + margin, height, middle + margin, width)}
    return regions[part]


def checked_region(name: str, size, part: str, margin: int, patch: int) -> Region:
    """The region of a part; refuses one that a patch does not fit in."""
    region = region_of(size, part, margin)
    if min(region.size) < patch:
        raise DataError(f"{name}: the {part} part is {max(0, region.size[0])} x {max(0, region.size[1])} pixels, smaller than "
                        f"a patch of {patch}; set data.patch or data.spacenet7.margin (now {margin}) lower")
    return region
