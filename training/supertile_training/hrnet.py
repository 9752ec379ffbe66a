"""HRNet for building footprints (Sun et al. 2019; the small W18 variants), at half resolution.

A published HRNet works at a quarter of the input's resolution; a house at
5 m is 2 to 5 pixels wide and would vanish there. Here the stem halves once,
so the branches lie at 1/2, 1/4, 1/8 and 1/16, and the head gives each class
four values a feature pixel, which depth-to-space places in its 2 x 2 output
pixels. Everything between is the published network.

Shapes: n images, C input channels (red, green, blue; of each view), H x W
pixels, both multiples of 16. Convolutions: k3 have zero padding 1, k1 none.
`-> c @ 1/r` is c channels at H/r x W/r. "conv" is convolution, batch
normalisation (folded into weight and bias when exported), and ReLU;
"conv-" the same without ReLU.

W18-Small-v1 (WIDTHS 16, 32, 64, 128), with the names of the exported tensors
(each `.weight` (out, in, k, k) and `.bias` (out)):

    stem.conv1               conv k3 s2   C -> 64             @ 1/2
    stem.conv2               conv k3      64 -> 64            @ 1/2
    stage1.0.conv1           conv k1      64 -> 32            @ 1/2
    stage1.0.conv2           conv k3      32 -> 32
    stage1.0.conv3           conv- k1     32 -> 128
    stage1.0.shortcut        conv- k1     64 -> 128           of the block's input; ReLU(conv3 + shortcut)
    transition1.0            conv k3      128 -> 16           @ 1/2
    transition1.1            conv k3 s2   128 -> 32           @ 1/4
    stage2.0.branches.B.K.conv1, .conv2                       B = 0, 1; K = 0, 1: ReLU(x + conv-(conv(x))), k3, widths kept
    stage2.0.exchange.I.J.N                                   see below
    transition2.2            conv k3 s2   32 -> 64            @ 1/8, of stage 2's branch 1; branches 0 and 1 go on as they are
    stage3.0....                                              B = 0, 1, 2
    transition3.3            conv k3 s2   64 -> 128           @ 1/16, of stage 3's branch 2
    stage4.0....                                              B = 0..3
    head.conv1               conv k1      240 -> 240          of all branches brought to 1/2 (bilinear), concatenated 0..3
    head.conv2               plain k1     240 -> 4 x classes  then depth-to-space: channel 4c + 2y + x is class c at (2i + y, 2j + x)

Exchange, output branch I from all inputs J, summed in the order of J, then
ReLU: J = I the input itself; J > I `exchange.I.J.0` conv- k1 widths J -> I,
then bilinear to branch I's size; J < I a chain of I - J convolutions k3 s2
`exchange.I.J.N`, N = 0..: width J kept with ReLU, the last J -> I without.

Bilinear is torch's with align_corners=False: pixel areas aligned, edge
pixels repeated. Outputs are logits (n, classes, H, W); the probability is
their sigmoid, each class by itself.

Where a block of a stage has 64 planes its output has 256 channels
(W18-Small-v2); a transition exists only where the width changes.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

EXPANSION = 4  # of a bottleneck's output over its planes
STEM = 64


@dataclass(frozen=True)
class Variant:
    """planes and number of the bottlenecks of stage 1; widths of the branches; modules of stages 2..4; blocks a branch."""

    planes: int
    bottlenecks: int
    widths: tuple[int, ...]
    modules: tuple[int, int, int]
    blocks: int


VARIANTS = {
    "w18-small-v1": Variant(32, 1, (16, 32, 64, 128), (1, 1, 1), 2),
    "w18-small-v2": Variant(64, 2, (18, 36, 72, 144), (1, 3, 2), 2),
}


class ConvNorm(nn.Module):
    """Convolution, then batch normalisation."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, bias: bool = False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=bias)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.03)

    def forward(self, x):
        return self.norm(self.conv(x))


def folded_conv(inputs: int, outputs: int, size: int, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    """What a ConvNorm becomes when its normalisation is folded in."""
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2)


class Bottleneck(nn.Module):
    def __init__(self, conv, inputs: int, planes: int):
        super().__init__()
        self.conv1, self.conv2 = conv(inputs, planes, 1), conv(planes, planes, 3)
        self.conv3 = conv(planes, EXPANSION * planes, 1)
        self.shortcut = conv(inputs, EXPANSION * planes, 1) if inputs != EXPANSION * planes else nn.Identity()

    def forward(self, x):
        return F.relu(self.shortcut(x) + self.conv3(F.relu(self.conv2(F.relu(self.conv1(x))))))


class BasicBlock(nn.Module):
    def __init__(self, conv, width: int):
        super().__init__()
        self.conv1, self.conv2 = conv(width, width, 3), conv(width, width, 3)

    def forward(self, x):
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


def bilinear(x, like):
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False) if x.shape[-2:] != like.shape[-2:] else x


class Module(nn.Module):
    """Blocks in each branch, then the full exchange between the branches."""

    def __init__(self, conv, widths, blocks: int):
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(BasicBlock(conv, w) for _ in range(blocks))) for w in widths)
        self.exchange = nn.ModuleList(
            nn.ModuleList(self.path(conv, widths, i, j) for j in range(len(widths))) for i in range(len(widths)))

    @staticmethod
    def path(conv, widths, i: int, j: int) -> nn.ModuleList:
        if j > i:
            return nn.ModuleList([conv(widths[j], widths[i], 1)])
        return nn.ModuleList(conv(widths[j], widths[i] if n == i - j - 1 else widths[j], 3, 2) for n in range(i - j))

    def arrive(self, i: int, j: int, x, like):
        """What branch i gets from branch j."""
        path = self.exchange[i][j]
        if j > i:
            return bilinear(path[0](x), like)
        for n, conv in enumerate(path):
            x = conv(x)
            if n < len(path) - 1:
                x = F.relu(x)
        return x

    def forward(self, branches):
        branches = [block(x) for block, x in zip(self.branches, branches)]
        return [F.relu(sum(self.arrive(i, j, x, branches[i]) for j, x in enumerate(branches))) for i in range(len(branches))]


class HRNet(nn.Module):
    """(n,C,H,W) normalised -> (n,classes,H,W) logits.

    folded: convolutions with bias in place of convolution and normalisation,
    for exported weights. published: the stem halves twice and the logits lie
    at a quarter, as in the published network (for its parameter counts).
    """

    def __init__(self, inputs: int = 3, classes: int = 2, variant: str = "w18-small-v1", folded: bool = False, published: bool = False):
        super().__init__()
        v = VARIANTS[variant]
        conv = folded_conv if folded else ConvNorm
        self.inputs, self.classes, self.folded, self.published = inputs, classes, folded, published
        self.stem = nn.ModuleDict({"conv1": conv(inputs, STEM, 3, 2), "conv2": conv(STEM, STEM, 3, 2 if published else 1)})
        self.stage1 = nn.Sequential(*(Bottleneck(conv, STEM if k == 0 else EXPANSION * v.planes, v.planes) for k in range(v.bottlenecks)))
        w = v.widths
        self.transition1 = nn.ModuleDict({"0": conv(EXPANSION * v.planes, w[0], 3), "1": conv(EXPANSION * v.planes, w[1], 3, 2)})
        self.transition2 = nn.ModuleDict({"2": conv(w[1], w[2], 3, 2)})
        self.transition3 = nn.ModuleDict({"3": conv(w[2], w[3], 3, 2)})
        self.stage2, self.stage3, self.stage4 = (
            nn.Sequential(*(Module(conv, w[:n + 2], v.blocks) for _ in range(v.modules[n]))) for n in range(3))
        self.head = nn.ModuleDict({"conv1": conv(sum(w), sum(w), 1, bias=True),
                                   "conv2": nn.Conv2d(sum(w), classes if published else 4 * classes, 1)})
        for m in self.modules():
            if isinstance(m, nn.Conv2d) and m is not self.head["conv2"]:
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.head["conv2"].weight, std=0.01)
        nn.init.zeros_(self.head["conv2"].bias)

    def stages(self, x) -> dict:
        """Every stage's output by name, in order; the branches of a stage as `stage2.0` .. (golden tensors)."""
        if x.shape[-1] % 16 or x.shape[-2] % 16:
            raise ValueError(f"the sides of an image are multiples of 16, not {x.shape[-2]} x {x.shape[-1]}")
        out = {}
        x = out["stem.conv1"] = F.relu(self.stem["conv1"](x))
        x = out["stem.conv2"] = F.relu(self.stem["conv2"](x))
        x = out["stage1"] = self.stage1(x)
        branches = [F.relu(self.transition1["0"](x)), F.relu(self.transition1["1"](x))]
        steps = ((self.stage2, None), (self.stage3, self.transition2["2"]), (self.stage4, self.transition3["3"]))
        for number, (stage, transition) in enumerate(steps, start=2):
            if transition is not None:
                branches = branches + [F.relu(transition(branches[-1]))]
            branches = stage(branches)
            out |= {f"stage{number}.branch{i}": b for i, b in enumerate(branches)}
        joined = torch.cat([bilinear(b, branches[0]) for b in branches], dim=1)
        x = out["head.conv1"] = F.relu(self.head["conv1"](joined))
        x = out["head.conv2"] = self.head["conv2"](x)
        out["logits"] = x if self.published else F.pixel_shuffle(x, 2)
        return out

    def forward(self, x):
        return self.stages(x)["logits"]


@torch.no_grad()
def folded(network: HRNet) -> HRNet:
    """The same network with every batch normalisation folded into its convolution (evaluation statistics)."""
    state = {}
    for name, m in network.named_modules():
        if isinstance(m, ConvNorm):
            scale = m.norm.weight / torch.sqrt(m.norm.running_var + m.norm.eps)
            state[f"{name}.weight"] = m.conv.weight * scale.view(-1, 1, 1, 1)
            bias = 0 if m.conv.bias is None else m.conv.bias
            state[f"{name}.bias"] = m.norm.bias + (bias - m.norm.running_mean) * scale
    state |= {f"head.conv2.{k}": v for k, v in network.head["conv2"].state_dict().items()}
    variant = next(name for name, v in VARIANTS.items() if sum(v.widths) == network.head["conv2"].in_channels)
    result = HRNet(network.inputs, network.classes, variant, folded=True, published=network.published)
    result.load_state_dict(state)
    return result.eval()
