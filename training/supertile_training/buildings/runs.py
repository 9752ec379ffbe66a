"""The network of a run, ready to be asked."""

from pathlib import Path

import yaml
from safetensors.torch import load_file

from ..hrnet import HRNet, folded
from .card import CLASSES, normaliser
from .teacher import NAME as TEACHER
from .teacher import trained_teacher


def widened(state: dict, channels: int) -> dict:
    """Weights of a three-channel network for `channels` channels: the first layer repeated and divided."""
    first = state["stem.conv1.conv.weight"]
    times = channels // first.shape[1]
    return state | {"stem.conv1.conv.weight": first.repeat(1, times, 1, 1) / times}


def trained(run: Path, weights: str = "last", channels: int | None = None):
    """(folded network, its input from reflectance) of a run; for so many channels, where it learnt with three. Of a
    teacher's run the teacher."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    if config["network"]["variant"] == TEACHER:
        return trained_teacher(run)
    channels = channels or config["network"]["inputs"]
    network = HRNet(channels, len(CLASSES), config["network"]["variant"])
    network.load_state_dict(widened(load_file(str(run / f"{weights}.safetensors")), channels))
    return folded(network.eval()), normaliser(config["normalisation"])
