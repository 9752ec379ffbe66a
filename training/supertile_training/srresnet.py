"""SRResNet (Ledig et al. 2017), the paper's single-image baseline (section 3.2.1).

It sees the reference frame alone: the anchor, where it is masked the median
of the clear views. Shapes as in network.py.
"""

import torch
from torch import nn

from .network import parameter_count, upsample
from .reference import reference_frame

BLOCKS, HIDDEN = 16, 64
PARAMETERS = 1_401_749  # for three bands and twice the resolution


def conv(inputs: int, outputs: int, size: int) -> nn.Conv2d:
    """A size x size convolution that keeps the size (zero padding)."""
    return nn.Conv2d(inputs, outputs, size, padding=size // 2)


class NormalisedBlock(nn.Module):
    """x + BN(conv(PReLU(BN(conv(x)))))."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels, 3), nn.BatchNorm2d(channels), nn.PReLU(),
                                  conv(channels, channels, 3), nn.BatchNorm2d(channels))

    def forward(self, x):
        return x + self.body(x)


class SRResNet(nn.Module):
    """One image at twice the resolution: bicubic upsampling plus the detail the network adds."""

    factor = 2
    receptive_field = {"head": 4, "blocks": 32, "tail": 1, "up": 1, "out": 2}  # low-resolution pixels on either side
    reference, max_views = "anchor", 1

    def __init__(self, mean, std, hidden: int = HIDDEN, blocks: int = BLOCKS):
        super().__init__()
        bands = len(mean)
        self.bands, self.hidden = bands, hidden
        self.head = nn.Sequential(conv(bands, hidden, 9), nn.PReLU())
        self.blocks = nn.Sequential(*(NormalisedBlock(hidden) for _ in range(blocks)))
        self.tail = nn.Sequential(conv(hidden, hidden, 3), nn.BatchNorm2d(hidden))
        self.up = nn.Sequential(conv(hidden, 4 * hidden, 3), nn.PixelShuffle(2), nn.PReLU())
        self.out = conv(hidden, bands, 9)
        # Near zero, so that training starts from the bicubic reference frame.
        nn.init.normal_(self.out.weight, std=1e-3)
        nn.init.zeros_(self.out.bias)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(-1, 1, 1), persistent=False)
        if (bands, hidden, blocks) == (3, HIDDEN, BLOCKS):
            assert parameter_count(self) == PARAMETERS

    def network_input(self, views, valid):
        """(B,K,C,h,w) reflectance and (B,K,h,w) bool -> ((B,C,h,w) normalised, (B,C,h,w) reference)."""
        reference = reference_frame(views, valid)
        return (reference - self.mean) / self.std, reference

    def detail(self, inputs):
        """(B,C,h,w) normalised -> (B,C,2h,2w) normalised detail above bicubic."""
        head = self.head(inputs)
        return self.out(self.up(head + self.tail(self.blocks(head))))

    def image(self, inputs, reference):
        """(B,C,h,w) normalised and (B,C,h,w) reference -> (B,C,2h,2w) reflectance."""
        return upsample(reference) + self.std * self.detail(inputs).float()

    def forward(self, views, valid):
        """(B,K,C,h,w) reflectance, (B,K,h,w) bool -> (B,C,2h,2w) reflectance."""
        return self.image(*self.network_input(views, valid))
