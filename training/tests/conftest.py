"""Small networks and scenes for the tests; no data files are needed."""

import copy
from pathlib import Path

import pytest
import torch
import yaml

from supertile_training.golden import synthetic_scene
from supertile_training.network import HighResNet
from supertile_training.scenes import Place
from supertile_training.simulate import Dice

CONFIG = Path(__file__).parents[1] / "configs" / "highresnet-rgb-x2.yaml"
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def config():
    """The shipped configuration."""
    return yaml.safe_load(CONFIG.read_text())


@pytest.fixture
def small_config(config):
    """A run of a few steps on a narrow network."""
    small = copy.deepcopy(config)
    small["network"]["hidden"] = 8
    small["data"] |= {"patch": 12, "batch": 2, "batch_many_views": 1, "groups": {"synthetic": 1.0}}
    small["optimiser"] |= {"warm_up_steps": 2, "rate": 0.003, "ema": 0.9}
    small["run"] |= {"steps": 6, "bfloat16": False}
    return small


@pytest.fixture(scope="module")
def groups():
    """Two synthetic places with two dates each."""
    dice = Dice(5)
    return {"synthetic": [Place(f"p{i}", [synthetic_scene(dice, (64, 72))[0] for _ in range(2)], True) for i in range(2)]}


@pytest.fixture(scope="module")
def network():
    """Float64 with lively weights, so that every path shows in the output."""
    torch.manual_seed(3)
    net = HighResNet([0.12, 0.11, 0.10], [0.07, 0.07, 0.07], hidden=8).double().eval()
    torch.nn.init.normal_(net.decode.conv_out.weight, std=0.3)
    return net


@pytest.fixture
def stack():
    """(views (1,K,3,h,w), valid) of K clear views."""
    def make(count, h=9, w=14, seed=0):
        generator = torch.Generator().manual_seed(seed)
        return (torch.rand(1, count, 3, h, w, generator=generator, dtype=torch.float64) * 0.3,
                torch.ones(1, count, h, w, dtype=torch.bool))
    return make
