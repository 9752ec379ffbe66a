import pytest
import torch

from supertile_training.architectures import build, new_network
from supertile_training.network import parameter_count, upsample
from supertile_training.srresnet import SRResNet

NORMALISATION = {"mean": [0.12, 0.11, 0.10], "std": [0.07, 0.07, 0.07]}


def test_size_of_srresnet():
    assert parameter_count(build("srresnet", NORMALISATION, 64)) == 1_401_749


def test_it_sees_the_anchor_alone_and_starts_from_bicubic(stack):
    torch.manual_seed(1)
    network = SRResNet(**NORMALISATION, hidden=8, blocks=2).eval()
    views, valid = stack(3, 10, 13)
    views = views.float()
    output = network(views, valid)
    assert output.shape == (1, 3, 20, 26) and (output - upsample(views[:, 0])).abs().max() < 5e-3
    changed = views.clone()
    changed[:, 1:] += 0.1
    assert torch.equal(network(changed, valid), output)
    valid[:, 0, 3, 4] = False
    assert not torch.equal(network(changed, valid), network(views, valid))


def test_unknown_architectures_are_named(config):
    config = config | {"network": {"architecture": "unet", "hidden": 64}}
    with pytest.raises(ValueError, match="'unet', expected one of highresnet, srresnet"):
        new_network(config)


def test_a_run_with_batch_normalisation_keeps_its_statistics(small_config, groups, tmp_path):
    from supertile_training.batches import Batches
    from supertile_training.train import Run

    small_config["network"] = {"architecture": "srresnet", "hidden": 8}
    small_config["data"]["views"] = [1]
    run = Run(small_config)
    for step in range(3):
        run.learn(Batches(groups, small_config)[step])
    assert not run.kept.training and int(run.kept.tail[1].num_batches_tracked) == 3
    run.save(tmp_path / "c.pt")
    again = Run(small_config)
    again.load(tmp_path / "c.pt")
    assert torch.equal(again.kept.tail[1].running_mean, run.kept.tail[1].running_mean)
