"""The trained network as the peers run it, and in double precision."""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "training"))

from supertile_training.architectures import build  # noqa: E402
from supertile_training.weights import load_weights  # noqa: E402


class Window(torch.nn.Module):
    """HighRes-net on one window: (K, 2C, h, w) normalised, K a power of two, to (1, C, 2h, 2w) normalised detail.

    The same modules as in training, but every tensor has four dimensions, so that it keeps the layout that the
    convolutions want.
    """

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, pairs):
        encodings = self.network.encode(pairs)
        while encodings.shape[0] > 1:
            half = encodings.shape[0] // 2
            alice, bob = encodings[:half], encodings[half:].flip(0)
            encodings = alice + self.network.fuse(torch.cat([alice, bob], dim=1))
        return self.network.decode(encodings)


def load_window(card: dict) -> Window:
    """The network of a model card with its trained weights."""
    network = build(card["architecture"], card["normalisation"], card["hidden"])
    return Window(load_weights(network, ROOT / "models" / card["weights"]["file"])).eval()


def paired(stack: dict[str, np.ndarray]) -> torch.Tensor:
    """(K, 2C, h, w): every view beside the reference."""
    views = torch.from_numpy(stack["views"])
    reference = torch.from_numpy(stack["reference"]).expand_as(views)
    return torch.cat([views, reference], dim=1)


def central(output: np.ndarray, side: int) -> np.ndarray:
    """The middle `side` x `side` of (C, H, W)."""
    top, left = ((length - side) // 2 for length in output.shape[-2:])
    return output[..., top : top + side, left : left + side]


@torch.inference_mode()
def double_reference(card: dict, stack: dict[str, np.ndarray]) -> np.ndarray:
    """(C, 2h, 2w) of the network as training has it, in double precision."""
    network = load_window(card).network.double()
    return network.detail(paired(stack).double().unsqueeze(0))[0].numpy()


def export(window: Window, pairs: torch.Tensor, path: Path) -> None:
    """The ONNX file, for this one size."""
    torch.onnx.export(window, (pairs,), str(path), dynamo=True, external_data=False, verbose=False)


def with_leaky_relu(path: Path, target: Path) -> None:
    """The same ONNX network with LeakyRelu for PRelu: the slopes are one number a layer, so nothing else changes.

    Some runtimes fuse the one into the convolution before it and not the other.
    """
    model = onnx.load(path)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    slopes = {node.input[1] for node in model.graph.node if node.op_type == "PRelu"}
    for node in model.graph.node:
        if node.op_type == "PRelu":
            slope = onnx.numpy_helper.to_array(constants[node.input[1]]).item()
            node.op_type = "LeakyRelu"
            node.attribute.append(onnx.helper.make_attribute("alpha", slope))
            del node.input[1]
    for name in slopes:
        model.graph.initializer.remove(constants[name])
    onnx.checker.check_model(model)
    onnx.save(model, target)


def operations(card: dict, views: int) -> int:
    """Floating-point operations of the direct convolutions for one low-resolution pixel.

    The same as HighResNet.directOperations of the engine.
    """
    bands, hidden = len(card["bands"]), card["hidden"]
    encode = 9 * (2 * bands * hidden + 5 * hidden * hidden)
    fuse = 9 * (2 * (2 * hidden) * (2 * hidden) + 2 * hidden * hidden)
    decode = 9 * hidden * hidden + 4 * hidden * bands
    return 2 * (views * encode + (views - 1) * fuse + decode)
