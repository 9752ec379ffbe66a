"""Everything that learns stays on the device of its network. No GPU is needed: on PyTorch's device `meta` tensors have a
place and a shape, and no values; what is left on the processor meets them with an error."""

import pytest
import torch

from supertile_training import device
from supertile_training.buildings.losses import building_loss, taught_loss
from supertile_training.hrnet import HRNet
from supertile_training.losses import Objective
from supertile_training.network import HighResNet
from supertile_training.simulate import Revisits
from supertile_training.spacenet7.batches import SceneRevisits

LOSSES = [
    {"unit": 0.01, "pixel": {"kind": kind, "weight": 1.0}, "consistency": {"kind": "sensor", "against": "anchor", "weight": 0.5}}
    for kind in ("l1", "mse", "cmse", "psnr", "ssim")
] + [{"unit": 0.002, "pixel": {"kind": "ssim", "weight": 0.1}, "colour_matching": True, "registration": "shiftnet",
      "consistency": {"kind": "box", "against": "reference", "weight": 0.9}}]


def scenes(on: str):
    views = torch.rand(2, 3, 3, 72, 72, device=on)
    valid = torch.ones(2, 3, 72, 72, dtype=torch.bool, device=on)
    truth = torch.rand(2, 3, 144, 144, device=on)
    return Revisits(views, valid, torch.zeros(2, 3, 2, device=on), truth), \
        SceneRevisits(views, valid, None, truth, torch.ones(2, 144, 144, dtype=torch.bool, device=on))


@pytest.mark.parametrize("config", LOSSES)
@pytest.mark.parametrize("which", [0, 1])
def test_a_step_stays_on_its_device(config, which):
    revisits = scenes("meta")[which]
    network = HighResNet([0.1] * 3, [0.08] * 3, 8).to("meta")
    objective = Objective(config).to("meta")
    image = network.image(torch.rand(2, 3, 6, 72, 72, device="meta"), revisits.views[:, 0])
    loss = objective(image, revisits, revisits.views[:, 0])
    loss.backward()
    assert loss.device.type == "meta" and network.encode.conv_in.weight.grad.device.type == "meta"


def test_what_lies_elsewhere_is_an_error():
    network = HighResNet([0.1] * 3, [0.08] * 3, 8).to("meta")
    with pytest.raises(Exception, match="device"):
        network.image(torch.rand(1, 2, 6, 16, 16), torch.rand(1, 3, 16, 16))


@pytest.mark.parametrize("channels, loss", [(3, building_loss), (6, taught_loss)])
def test_buildings_stay_on_their_device(channels, loss):
    setting = {"gap_weight": 1.5, "dice": 0.5, "separation": 0.3, "taught": 0.8}
    network = HRNet(3, 2).to("meta", memory_format=torch.channels_last)
    result = loss(network(torch.rand(2, 3, 32, 32, device="meta")), torch.rand(2, channels, 32, 32, device="meta"), setting)
    result.backward()
    assert result.device.type == "meta"


def test_batches_and_answers_travel():
    plain, scene = (device.moved_to(batch, torch.device("meta")) for batch in scenes("cpu"))
    assert {t.device.type for t in (plain.views, plain.valid, plain.truth, scene.truth_valid)} == {"meta"}
    assert scene.shifts is None


def test_a_network_is_asked_where_it_is():
    class Spy(torch.nn.Conv2d):
        def forward(self, x):
            assert x.device.type == "meta" and super().forward(x).shape == (1, 2, 8, 8)
            return torch.zeros(1)

    assert device.asked(Spy(3, 2, 1).to("meta"), torch.rand(1, 3, 8, 8)).device.type == "cpu"
