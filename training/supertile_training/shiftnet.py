"""ShiftNet (Deudon et al. 2020; paper section 3.1.1): the shift that registers the output with the truth.

Used in training alone. It differs from the published code where that is in
error: all bands are centred, not the first two channels, and the Lanczos
taps sum to one.
"""

import torch
from torch import nn

SIDE = 128  # pixels a side that it looks at
CHANNELS = (64, 64, 64, 64, 128, 128, 128, 128)
POOLED_AFTER = (2, 4, 6)


class ShiftNet(nn.Module):
    """Two images (n,C,H,W), H and W at least 128 -> (n,2) shift (down, right) in pixels that moves the second onto the first."""

    def __init__(self, bands: int = 3):
        super().__init__()
        layers, inputs = [], 2 * bands
        for index, outputs in enumerate(CHANNELS, 1):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if index in POOLED_AFTER else []
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.5)
        self.fc1 = nn.Linear(128 * (SIDE // 8) ** 2, 1024)
        self.fc2 = nn.Linear(1024, 2, bias=False)
        nn.init.zeros_(self.fc2.weight)  # begins with no shift

    def forward(self, target, image):
        height, width = target.shape[-2:]
        if min(height, width) < SIDE:
            raise ValueError(f"ShiftNet looks at {SIDE} x {SIDE} pixels, got {height} x {width}")
        top, left = (height - SIDE) // 2, (width - SIDE) // 2
        pair = [x[..., top:top + SIDE, left:left + SIDE] for x in (target, image)]
        pair = torch.cat([x - x.mean((2, 3), keepdim=True) for x in pair], dim=1)
        return self.fc2(self.drop(torch.relu(self.fc1(self.features(pair).flatten(1)))))
