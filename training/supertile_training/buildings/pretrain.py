"""Features of ImageNet for HRNet, without labels: python -m supertile_training.buildings.pretrain --data D --out O --minutes M

HRNet learns to tell what EfficientNet-Lite0 sees (the ends of its five
stages, each channel brought to mean 0 and spread 1) in real Sentinel-2
images: 20 cities on two dates and patches of all kinds of land, turned,
scaled between 10 m and 5 m, and recoloured for the one who learns alone.
The teacher's batch normalisation is measured anew on such images. No
building label and no image of the labelled places is used. Writes
O/last.safetensors; its last layer says nothing (train --features).
"""

import argparse
import copy
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from ..hrnet import HRNet
from ..schedule import average, learning_rate
from ..simulate import Dice
from ..device import DEVICE, bfloat16, busy_seconds
from ..weights import save_weights
from .augment import recoloured, softened, window
from .card import CLASSES, normaliser
from .configuration import read
from .teacher import STAGES, Teacher
from .unlabelled import read_patches, read_unlabelled

CITIES = 0.65  # of the windows; the others are patches
NO_PLACE = (torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
MEASURED = 40  # batches


class Windows:
    """Batch `step`: (clean, recoloured), each (n,3,S,S) reflectance."""

    def __init__(self, images: list, patches, config: dict):
        self.images, self.patches, self.config = images, patches, config
        self.setting = config["augmentation"] | config["pretraining"]["augmentation"]

    def one(self, dice):
        if bool(dice.chance(CITIES, 1)):
            image = self.images[dice.integer(0, len(self.images))]
            scale = math.exp(float(dice.uniform(math.log(0.5), 0.05, 1)))
        else:
            image = self.patches[dice.integer(0, len(self.patches))]
            scale = float(dice.uniform(0.45, 0.66, 1))
        size = self.config["data"]["patch"]
        reach = int(size * scale / 2)
        row, column = (dice.integer(reach, max(n - reach, reach + 1)) - 0.5 for n in image.shape[-2:])
        angle = float(dice.uniform(0, 2 * math.pi, 1)) if bool(dice.chance(0.4, 1)) else math.pi / 2 * dice.integer(0, 4)
        clean, _ = window(image, image[:1], (row, column), size, angle, scale, bool(dice.chance(0.5, 1)))
        return clean, softened(recoloured(clean, NO_PLACE, NO_PLACE, dice, self.setting), dice, self.setting)

    def __getitem__(self, step: int):
        dice = Dice(self.config["seed"] * 1_000_003 + step)
        pairs = [self.one(dice) for _ in range(self.config["data"]["batch"])]
        return tuple(torch.stack(side) for side in zip(*pairs))


class Features:
    """What the teacher sees: standardised ends of its stages."""

    def __init__(self, windows: Windows, normalised):
        self.normalised = normalised
        self.network = Teacher(len(CLASSES)).to(DEVICE, memory_format=torch.channels_last)
        for m in self.network.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.reset_running_stats()
                m.momentum = None  # the mean over all batches
        self.network.train()
        later = 10_000_000  # windows that are not learnt from
        for k in range(MEASURED):
            self.seen(windows[later + k][0])
        self.network.eval()
        sums = None
        for k in range(MEASURED // 2):
            now = [torch.stack([f.mean((0, 2, 3)), (f ** 2).mean((0, 2, 3))]) for f in self.seen(windows[later + MEASURED + k][0])]
            sums = now if sums is None else [a + b for a, b in zip(sums, now)]
        means = [s / (MEASURED // 2) for s in sums]
        self.moments = [(m[0].view(1, -1, 1, 1), (m[1] - m[0] ** 2).clamp(min=1e-6).sqrt().view(1, -1, 1, 1)) for m in means]

    @torch.no_grad()
    def seen(self, images) -> list:
        with bfloat16():
            return [f.float() for f in self.network.stages(self.normalised(images).to(DEVICE).contiguous(memory_format=torch.channels_last))]

    def __call__(self, images) -> list:
        return [((f - mean) / spread).clamp(-5, 5) for f, (mean, spread) in zip(self.seen(images), self.moments)]


class Learner(nn.Module):
    """HRNet up to its last layer, and a linear map to each of the teacher's stages."""

    def __init__(self, config: dict):
        super().__init__()
        self.network = HRNet(config["network"]["inputs"], len(CLASSES), config["network"]["variant"])
        width = self.network.head["conv2"].in_channels
        self.tell = nn.ModuleList(nn.Conv2d(width, 4 * c if k == 0 else c, 1) for k, c in enumerate(STAGES))

    def forward(self, x) -> list:
        features = self.network.stages(x)["head.conv1"]
        told = [F.pixel_shuffle(self.tell[0](features), 2)]
        for k, tell in enumerate(self.tell[1:]):
            features = F.avg_pool2d(features, 2) if k > 0 else features
            told.append(tell(features))
        return told


def pretrain(config: dict, windows: Windows, out: Path, minutes: float):
    torch.manual_seed(config["seed"])
    normalised = normaliser(config["normalisation"])
    features = Features(windows, normalised)
    learner = Learner(config).to(DEVICE, memory_format=torch.channels_last)
    kept = copy.deepcopy(learner.network).requires_grad_(False).eval()
    o = config["optimiser"] | config["pretraining"]["optimiser"]
    optimiser = torch.optim.AdamW(learner.parameters(), lr=o["rate"], weight_decay=o["weight_decay"])
    step, seconds, losses = 0, 0.0, []
    log = (out / "log.jsonl").open("w", buffering=1)
    while seconds < 60 * minutes:
        start = busy_seconds()
        clean, images = windows[step]
        wanted = features(clean)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, seconds / (60 * minutes), o)
        x = normalised(images).to(DEVICE).contiguous(memory_format=torch.channels_last)
        with bfloat16(config["run"]["bfloat16"]):
            told = learner.train()(x)
        parts = [F.smooth_l1_loss(a.float(), b) for a, b in zip(told, wanted)]
        optimiser.zero_grad(set_to_none=True)
        sum(parts).backward()
        torch.nn.utils.clip_grad_norm_(learner.parameters(), o["clip"])
        optimiser.step()
        average(kept, learner.network, step, o["ema"])
        step += 1
        losses.append([float(p.detach()) for p in parts])  # waits for a GPU
        seconds += busy_seconds() - start
        if step % 50 == 0:
            stages = [round(sum(column) / len(losses), 4) for column in zip(*losses)]
            log.write(json.dumps({"step": step, "minutes": round(seconds / 60, 2), "stages": stages}) + "\n")
            losses = []
    save_weights(kept, out / "last.safetensors")
    (out / "progress.json").write_text(json.dumps({"steps": step, "minutes": round(seconds / 60, 1)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/buildings.yaml"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    try:
        config = read(args.config)
    except (ValueError, OSError) as problem:
        parser.exit(1, f"{problem}\n")
    torch.set_num_threads(config["run"]["threads"])
    args.out.mkdir(parents=True, exist_ok=True)
    pretrain(config, Windows(list(read_unlabelled(args.data).values()), read_patches(args.data), config), args.out, args.minutes)


if __name__ == "__main__":
    main()
