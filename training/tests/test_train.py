import copy

import torch

from supertile_training.batches import Batches
from supertile_training.losses import Objective
from supertile_training.schedule import learning_rate, measured_statistics
from supertile_training.train import Run, train


def states_equal(a, b) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))


def test_a_few_steps_lower_the_loss(small_config, groups):
    small_config["run"]["steps"] = 60
    run = Run(small_config)
    batch = Batches(groups, small_config)[3]
    first = run.learn(batch)
    for _ in range(40):
        last = run.learn(batch)
    assert last < 0.9 * first


def test_resumed_run_continues_identically(small_config, groups, tmp_path):
    batches = Batches(groups, small_config)
    (tmp_path / "whole").mkdir(), (tmp_path / "parts").mkdir()
    whole = Run(small_config)
    train(whole, batches, tmp_path / "whole", 99)

    first = Run(small_config)
    for _ in range(3):
        first.learn(batches[first.step])
    first.save(tmp_path / "parts" / "checkpoint.pt")
    second = Run(small_config)
    second.load(tmp_path / "parts" / "checkpoint.pt")
    assert second.step == 3
    train(second, batches, tmp_path / "parts", 99)
    assert states_equal(whole.network, second.network) and states_equal(whole.kept, second.kept)


def test_the_losses_of_the_paper_can_be_chosen(small_config, groups):
    config = copy.deepcopy(small_config)
    config["loss"] = {"unit": 0.01, "pixel": {"kind": "ssim", "weight": 0.1},
                      "consistency": {"kind": "box", "against": "reference", "weight": 0.9}}
    run = Run(config)
    batch = Batches(groups, config)[1]
    _, reference = run.network.network_input(batch.views, batch.valid)
    image = torch.nn.functional.interpolate(reference, scale_factor=2, mode="nearest")
    assert Objective(config["loss"])(image, batch, reference) < 0.1
    assert torch.isfinite(torch.tensor(run.learn(batch)))


def test_rate_warms_up_and_anneals(config):
    optimiser = config["optimiser"]
    assert learning_rate(0, 0.0, optimiser) < 0.01 * optimiser["rate"]
    assert abs(learning_rate(1000, 0.5, optimiser) - optimiser["rate"] / 2) < 2e-6
    assert abs(learning_rate(9999, 1.0, optimiser) - optimiser["final_rate"]) < 1e-9


def test_statistics_are_measured_from_the_inputs_alone():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(3, momentum=0.03))
    network[0].running_mean += 5
    inputs = [2 + 3 * torch.randn(4, 3, 16, 16) for _ in range(4)]
    measured_statistics(network, inputs)
    torch.testing.assert_close(network[0].running_mean, sum(x.mean((0, 2, 3)) for x in inputs) / 4)
    assert not network.training and network[0].momentum == 0.03
    assert abs(float(network(torch.cat(inputs)).detach().std()) - 1) < 0.02
