"""Golden tensors for the engine's tests: python -m supertile_training.golden --model M --out F

One safetensors file with what every layer gives on small synthetic scenes
that are not square; its metadata name the weights' SHA-256.

HighRes-net. Cases: k1, k3, k5, k8 (all clear) and k3holes (masks with a
pixel hidden in the anchor and one hidden in every view).

Per case: views (K,C,h,w) and reference (C,h,w) reflectance, valid (K,h,w)
0 or 1, encode.conv_in (after its PReLU), encode.block1, encode.block2,
encode.conv_out (views,64,h,w; only the first view for k5, k8 and k3holes),
fuse.level0.. (the encodings left after each level), decode.deconv (after
its PReLU; k1 and k3 only), detail (C,2h,2w) normalised, output (C,2h,2w)
reflectance.

SRResNet. One image: reference (C,h,w) reflectance, input (C,h,w) normalised,
head (64,h,w; after its PReLU), blocks.0, blocks.7 and blocks.15 (64,h,w),
tail (64,h,w; the head added), up (64,2h,2w; after its PReLU), detail
(C,2h,2w) normalised, output (C,2h,2w) reflectance.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from .evaluate import load_model
from .settings import CLEAR
from .simulate import MARGIN, Dice, simulate, smooth_field
from .srresnet import SRResNet
from .weights import sha256

HEIGHT, WIDTH = 13, 19  # low-resolution pixels
HIDDEN_IN_ANCHOR, HIDDEN_EVERYWHERE = (3, 4), (8, 11)  # row, column
CASES = {"k1": 1, "k3": 3, "k5": 5, "k8": 8, "k3holes": 3}
SINGLE_HEIGHT, SINGLE_WIDTH = 11, 13  # of SRResNet's image


def synthetic_scene(dice, size: tuple[int, int]):
    """(1,3,H,W) reflectance around 0.12 with detail at several scales."""
    field = sum(smooth_field(dice, 3, size, cell) * weight for cell, weight in ((12, 0.03), (5, 0.02), (2, 0.02)))
    return (0.12 + field.squeeze(1)).clamp(min=0.005).unsqueeze(0)


def case_input(name: str):
    """views (1,K,3,h,w), valid (1,K,h,w) of a case."""
    dice = Dice(100 + list(CASES).index(name))
    scene = synthetic_scene(dice, (2 * HEIGHT + 2 * MARGIN, 2 * WIDTH + 2 * MARGIN))
    stack = simulate(scene, scene, CASES[name], CLEAR, dice)
    valid = stack.valid
    if name == "k3holes":
        valid = valid & dice.chance(0.85, *valid.shape)
        (r, c), (er, ec) = HIDDEN_IN_ANCHOR, HIDDEN_EVERYWHERE
        valid[0, :, r, c] = torch.tensor([False, True, True])
        valid[0, :, er, ec] = False
    return stack.views, valid


@torch.no_grad()
def case_tensors(network, name: str) -> dict:
    """Every tensor of a case, layer by layer, by the names above."""
    views, valid = case_input(name)
    inputs, reference = network.network_input(views, valid)
    out = {"views": views[0], "valid": valid[0].float(), "reference": reference[0]}
    first_only = name in ("k5", "k8", "k3holes")

    encode = network.encode
    x = encode.prelu(encode.conv_in(inputs[0]))
    for key, layer in (("conv_in", None), ("block1", encode.block1), ("block2", encode.block2), ("conv_out", encode.conv_out)):
        x = layer(x) if layer else x
        out[f"encode.{key}"] = x[:1] if first_only else x
    x, level = x.unsqueeze(0), 0
    while x.shape[1] > 1:
        x = network.fuse_once(x)
        out[f"fuse.level{level}"] = x[0]
        level += 1
    deconv = network.decode.prelu(network.decode.deconv(x[:, 0]))
    if name in ("k1", "k3"):
        out["decode.deconv"] = deconv[0]
    out["detail"] = network.decode.conv_out(deconv)[0]
    out["output"] = network(views, valid)[0]
    return {f"{name}.{key}": value.float().contiguous().clone() for key, value in out.items()}


@torch.no_grad()
def single_image_tensors(network) -> dict:
    """Every tensor of SRResNet on one image, layer by layer, by the names above."""
    dice = Dice(200)
    scene = synthetic_scene(dice, (2 * SINGLE_HEIGHT + 2 * MARGIN, 2 * SINGLE_WIDTH + 2 * MARGIN))
    stack = simulate(scene, scene, 1, CLEAR, dice)
    inputs, reference = network.network_input(stack.views, stack.valid)
    out = {"reference": reference, "input": inputs}
    head = out["head"] = network.head(inputs)
    x = head
    for index, block in enumerate(network.blocks):
        x = block(x)
        if index in (0, len(network.blocks) // 2 - 1, len(network.blocks) - 1):
            out[f"blocks.{index}"] = x
    out["tail"] = head + network.tail(x)
    out["up"] = network.up(out["tail"])
    out["detail"] = network.out(out["up"])
    out["output"] = network(stack.views, stack.valid)
    return {key: value[0].float().contiguous().clone() for key, value in out.items()}


def write_golden(card: Path, path: Path):
    """Write all cases of a published model; the file carries the weights' SHA-256."""
    network = load_model(card)
    tensors = {}
    if isinstance(network, SRResNet):
        tensors = single_image_tensors(network)
    else:
        for name in CASES:
            tensors |= case_tensors(network, name)
    digest = sha256(card.with_suffix(".safetensors"))
    save_file(tensors, str(path), metadata={"weightsSha256": digest, "model": card.stem})
    path.chmod(0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("../models/highresnet-rgb-x2.json"), help="model card")
    parser.add_argument("--out", type=Path, default=Path("../models/golden/highresnet-rgb-x2.safetensors"))
    args = parser.parse_args()
    write_golden(args.model, args.out)


if __name__ == "__main__":
    main()
