"""Weights on disk: safetensors, float32, PyTorch layouts."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def save_weights(network, path: Path):
    """The state dictionary under its own names (the contract with the Swift engine)."""
    tensors = {k: v.detach().to("cpu", torch.float32).contiguous() for k, v in network.state_dict().items()}
    save_file(tensors, str(path), metadata={"format": "pt"})
    Path(path).chmod(0o644)  # the library leaves it to its owner alone


def load_weights(network, path: Path):
    network.load_state_dict(load_file(str(path)))
    return network.eval()


def sha256(path: Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
