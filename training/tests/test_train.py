import argparse
import copy

import pytest
import torch
import yaml

from supertile_training.batches import Batches, crop_dates
from supertile_training.losses import Objective
from supertile_training.scenes import Place
from supertile_training.schedule import learning_rate, measured_statistics
from supertile_training.simulate import Dice
from supertile_training.train import Run, learning_material, one_or_more, positive, resumed, train
from supertile_training.weights import save_weights, sha256


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


def test_a_folder_belongs_to_one_run(small_config, groups, tmp_path):
    """Another configuration, or other weights to begin with, leave the folder of a run as it was."""
    weights, out = tmp_path / "given.safetensors", tmp_path / "run"
    save_weights(Run(small_config | {"seed": 77}).network, weights)
    assert weights.stat().st_mode & 0o777 == 0o644
    run = resumed(out, small_config, weights)
    train(run, Batches(groups, small_config), out, 99)
    kept = {p.name: p.read_bytes() for p in out.iterdir()}
    for other in ({"version": "2"}, {"loss": small_config["loss"] | {"unit": 0.1}},
                  {"network": small_config["network"] | {"architecture": "srresnet"}}):
        with pytest.raises(ValueError, match="another configuration .*" + next(iter(other))):
            resumed(out, small_config | other)
    save_weights(Run(small_config | {"seed": 78}).network, weights)
    with pytest.raises(ValueError, match="did not start from"):
        resumed(out, small_config, weights)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == kept


def test_what_a_run_started_from_outlives_a_resume(small_config, groups, tmp_path):
    weights, out = tmp_path / "given.safetensors", tmp_path / "run"
    save_weights(Run(small_config | {"seed": 77}).network, weights)
    first = resumed(out, small_config, weights)
    first.learn(Batches(groups, small_config)[0])
    first.save(out / "checkpoint.pt")
    assert resumed(out, small_config).facts()["startedFrom"] == sha256(weights)
    longer = copy.deepcopy(small_config)
    longer["run"]["steps"] = 9
    assert resumed(out, longer).step == 1 and yaml.safe_load((out / "config.yaml").read_text())["run"]["steps"] == 9


def test_what_an_older_run_started_from_is_known(small_config, groups, tmp_path):
    """Checkpoints did not say it once; progress.json did."""
    weights, out = tmp_path / "given.safetensors", tmp_path / "run"
    save_weights(Run(small_config | {"seed": 77}).network, weights)
    train(resumed(out, small_config, weights), Batches(groups, small_config), out, 99)
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    torch.save({k: v for k, v in state.items() if k != "started_from"}, out / "checkpoint.pt")
    assert resumed(out, small_config).started_from == sha256(weights)


@pytest.mark.parametrize("name, content", [("config.yaml", b""), ("config.yaml", b"{a: ["), ("checkpoint.pt", b"PK\x03\x04half")])
def test_a_damaged_folder_is_told(small_config, tmp_path, name, content):
    run = resumed(tmp_path, small_config)
    run.save(tmp_path / "checkpoint.pt")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=name):
        resumed(tmp_path, small_config)


def test_weights_of_another_network_are_told(small_config, tmp_path):
    wider = copy.deepcopy(small_config)
    wider["network"]["hidden"] = 16
    save_weights(Run(wider).network, tmp_path / "wide.safetensors")
    with pytest.raises(ValueError, match="wide.safetensors"):
        resumed(tmp_path / "run", small_config, tmp_path / "wide.safetensors")


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf"])
def test_a_budget_is_more_than_nothing(text):
    with pytest.raises(argparse.ArgumentTypeError):
        positive(text)
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        one_or_more(text)


def test_data_that_are_not_there_are_named(config, tmp_path):
    with pytest.raises((ValueError, OSError), match="sentinel2"):
        learning_material(tmp_path, config)


@pytest.mark.parametrize("size", [(64, 72), (40, 90), (90, 40), (38, 38), (72, 72)])
def test_small_places_give_whole_windows(size):
    place = Place("p", [torch.rand(3, *size) for _ in range(2)], True)
    for seed in range(4):
        assert all(tuple(x.shape) == (3, 72, 72) for x in crop_dates(place, 72, Dice(seed)))


def test_as_many_other_dates_as_are_asked_for():
    dates = [torch.rand(3, 90, 90) for _ in range(4)]
    crops = crop_dates(Place("p", dates, True), 72, Dice(3), others=3)
    assert len(crops) == 4 and not any(torch.equal(crops[0], other) for other in crops[1:])
    alone = crop_dates(Place("p", dates[:1], False), 72, Dice(3), others=3)
    assert len(alone) == 4 and all(torch.equal(alone[0], other) for other in alone)


def test_a_place_that_is_too_small_is_an_error():
    with pytest.raises(ValueError, match="too small"):
        crop_dates(Place("p", [torch.rand(3, 20, 90)], False), 72, Dice(1))


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
