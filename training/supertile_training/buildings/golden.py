"""Golden tensors of the building network for the engine's tests: python -m supertile_training.buildings.golden --model M --out F

One safetensors file with what every stage gives on a small synthetic image
that is not square, 32 x 48 pixels. `image` (C,H,W) reflectance, `input`
(C,H,W) normalised, then the outputs named as in hrnet.HRNet.stages, each
(channels,h,w): `stem.conv1`, `stem.conv2`, `stage1`, `stage2.branch0`, ...,
`stage4.branch3`, `head.conv1`, `head.conv2`, `logits`; and `probability`.
The file's metadata name the weights' SHA-256.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from ..golden import synthetic_scene
from ..simulate import Dice
from ..weights import sha256
from .card import load_network

HEIGHT, WIDTH = 32, 48


@torch.no_grad()
def golden_tensors(network, normalised) -> dict:
    """network folded, `normalised` a function of (1,C,H,W) reflectance -> tensors by name."""
    image = torch.cat([synthetic_scene(Dice(70 + k), (HEIGHT, WIDTH)) for k in range(network.inputs // 3)], dim=1)
    x = normalised(image)
    out = {"image": image, "input": x, **network.stages(x)}
    out["probability"] = out["logits"].sigmoid()
    return {name: value[0].float().contiguous().clone() for name, value in out.items()}


def write_golden(card: Path, path: Path):
    network, normalised = load_network(card)
    digest = sha256(card.with_suffix(".safetensors"))
    save_file(golden_tensors(network, normalised), str(path), metadata={"weightsSha256": digest, "model": card.stem})
    path.chmod(0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("../models/hrnet-buildings.json"), help="model card")
    parser.add_argument("--out", type=Path, default=Path("../models/golden/hrnet-buildings.safetensors"))
    args = parser.parse_args()
    write_golden(args.model, args.out)


if __name__ == "__main__":
    main()
