"""HighRes-net for Sentinel-2 RGB at twice the resolution.

Shapes: B scenes, K views (revisits), C bands (red, green, blue), h x w
low-resolution pixels. Reflectance is a float, about 0..1.
"""

import torch
from torch import nn
from torch.nn import functional as F

from .reference import fill_masked, reference_frame


def conv3(inputs: int, outputs: int) -> nn.Conv2d:
    """A 3 x 3 convolution that keeps the size (zero padding)."""
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class ResidualBlock(nn.Module):
    """x + PReLU(conv(PReLU(conv(x)))): the activation comes before the sum."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = conv3(channels, channels)
        self.prelu1 = nn.PReLU()
        self.conv2 = conv3(channels, channels)
        self.prelu2 = nn.PReLU()

    def forward(self, x):
        return x + self.prelu2(self.conv2(self.prelu1(self.conv1(x))))


class Encode(nn.Module):
    """One view beside the reference frame (2C channels) to an encoding."""

    def __init__(self, bands: int, hidden: int):
        super().__init__()
        self.conv_in = conv3(2 * bands, hidden)
        self.prelu = nn.PReLU()
        self.block1 = ResidualBlock(hidden)
        self.block2 = ResidualBlock(hidden)
        self.conv_out = conv3(hidden, hidden)

    def forward(self, x):
        return self.conv_out(self.block2(self.block1(self.prelu(self.conv_in(x)))))


class Fuse(nn.Module):
    """Two encodings, alice then bob (2 x hidden channels), to one update."""

    def __init__(self, hidden: int):
        super().__init__()
        self.block = ResidualBlock(2 * hidden)
        self.conv = conv3(2 * hidden, hidden)
        self.prelu = nn.PReLU()

    def forward(self, pair):
        return self.prelu(self.conv(self.block(pair)))


class Decode(nn.Module):
    """The fused encoding to the normalised detail at twice the size."""

    def __init__(self, bands: int, hidden: int):
        super().__init__()
        self.deconv = nn.ConvTranspose2d(hidden, hidden, 3, stride=2, padding=1, output_padding=1)
        self.prelu = nn.PReLU()
        self.conv_out = nn.Conv2d(hidden, bands, 1)
        # Near zero, so that training starts from the bicubic reference frame.
        nn.init.normal_(self.conv_out.weight, std=1e-3)
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, x):
        return self.conv_out(self.prelu(self.deconv(x)))


def fusion_pairs(count: int) -> tuple[int, int]:
    """How `count` encodings halve: (how many remain, index of the first that has a partner).

    Of a power of two P >= count, encoding i meets encoding P-1-i. Partners
    at or past `count` are padding, which leaves alice as it is, so only
    encodings first..remaining-1 meet one. No view is dropped.
    """
    power = 1 << (count - 1).bit_length()
    return power // 2, power - count


class HighResNet(nn.Module):
    """Recursive fusion of K views into one image at twice the resolution.

    `mean` and `std` are per-band reflectance constants, written in the model
    card; they are no part of the state dictionary.
    """

    factor = 2
    receptive_field = {"encode": 6, "perFusion": 3, "decode": 1}  # low-resolution pixels on either side
    reference, max_views = "anchor", 16

    def __init__(self, mean, std, hidden: int = 64):
        super().__init__()
        bands = len(mean)
        self.bands, self.hidden = bands, hidden
        self.encode = Encode(bands, hidden)
        self.fuse = Fuse(hidden)
        self.decode = Decode(bands, hidden)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(-1, 1, 1), persistent=False)

    def network_input(self, views, valid):
        """(B,K,C,h,w) reflectance and (B,K,h,w) bool -> ((B,K,2C,h,w) normalised, (B,C,h,w) reference)."""
        reference = reference_frame(views, valid)
        filled = (fill_masked(views, valid, reference) - self.mean) / self.std
        beside = ((reference - self.mean) / self.std).unsqueeze(1).expand_as(filled)
        return torch.cat([filled, beside], dim=2), reference

    def fuse_once(self, encodings):
        """(B,K,H,h,w) -> (B,K',H,h,w): one level, K' is half the next power of two of K."""
        batch, count, hidden, h, w = encodings.shape
        remaining, first = fusion_pairs(count)
        alice = encodings[:, first:remaining]
        bob = encodings[:, remaining:].flip(1)
        pairs = torch.cat([alice, bob], dim=2).reshape(-1, 2 * hidden, h, w)
        fused = alice + self.fuse(pairs).view(batch, remaining - first, hidden, h, w)
        return torch.cat([encodings[:, :first], fused], dim=1) if first else fused

    def detail(self, inputs):
        """(B,K,2C,h,w) normalised -> (B,C,2h,2w) normalised detail above bicubic."""
        batch, count = inputs.shape[:2]
        encodings = self.encode(inputs.flatten(0, 1))
        encodings = encodings.view(batch, count, *encodings.shape[1:])
        while encodings.shape[1] > 1:
            encodings = self.fuse_once(encodings)
        return self.decode(encodings[:, 0])

    def forward(self, views, valid):
        """(B,K,C,h,w) reflectance, (B,K,h,w) bool -> (B,C,2h,2w) reflectance.

        View 0 is the anchor; the others come clearest first.
        """
        return self.image(*self.network_input(views, valid))

    def image(self, inputs, reference):
        """(B,K,2C,h,w) normalised and (B,C,h,w) reference -> (B,C,2h,2w) reflectance."""
        return upsample(reference) + self.std * self.detail(inputs).float()


def upsample(image):
    """Bicubic x2 of (B,C,h,w), pixel areas aligned (the residual path and the baseline)."""
    return F.interpolate(image, scale_factor=2, mode="bicubic", align_corners=False, antialias=False)


def parameter_count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())

