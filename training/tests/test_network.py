import pytest
import torch

from supertile_training.architectures import new_network
from supertile_training.network import fusion_pairs, parameter_count, upsample


def test_size_of_the_rgb_network(config):
    network = new_network(config)
    assert parameter_count(network) == 594_252
    assert sum(v.numel() for v in network.state_dict().values()) == 594_252


def test_names_of_the_state_dictionary(config):
    names = set(new_network(config).state_dict())
    both = lambda name: {f"{name}.weight", f"{name}.bias"}
    block = lambda name: both(f"{name}.conv1") | both(f"{name}.conv2") | {f"{name}.prelu1.weight", f"{name}.prelu2.weight"}
    assert names == (both("encode.conv_in") | {"encode.prelu.weight"} | block("encode.block1") | block("encode.block2")
                     | both("encode.conv_out") | block("fuse.block") | both("fuse.conv") | {"fuse.prelu.weight"}
                     | both("decode.deconv") | {"decode.prelu.weight"} | both("decode.conv_out"))


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_output_is_twice_the_size_also_when_not_square(network, stack, count):
    views, valid = stack(count, 7, 12)
    assert network(views, valid).shape == (1, 3, 14, 24)


def test_training_starts_from_bicubic(config, stack):
    network = new_network(config)
    views, valid = stack(4)
    output = network(views.float(), valid)
    assert (output - upsample(views[:, 0].float())).abs().max() < 5e-3


@pytest.mark.parametrize("count", [2, 3, 5, 7, 13, 16])
def test_every_view_counts(network, stack, count):
    views, valid = stack(count)
    before = network(views, valid)
    for k in range(1, count):
        changed = views.clone()
        changed[:, k] += 0.05
        assert (network(changed, valid) - before).abs().max() > 1e-9, f"view {k} of {count} is dropped"


@pytest.mark.parametrize("count", [1, 3, 5, 6, 13])
def test_padding_changes_nothing(network, stack, count):
    """Fusion against its textbook form: padded to any power of two, alpha 0 for padding of any content."""
    views, valid = stack(count)
    inputs, _ = network.network_input(views, valid)
    real = network.encode(inputs[0])
    power = 1 << (count - 1).bit_length()
    for size in (power, 2 * power, 4 * power):
        codes = torch.cat([real, torch.full((size - count, *real.shape[1:]), 7.0, dtype=real.dtype)])
        alpha = torch.arange(size) < count
        while len(codes) > 1:
            half = len(codes) // 2
            alice, bob, gate = codes[:half], codes[half:].flip(0), alpha[half:].flip(0)
            codes = alice + gate.view(-1, 1, 1, 1) * network.fuse(torch.cat([alice, bob], dim=1))
            alpha = alpha[:half]
        torch.testing.assert_close(network.decode(codes), network.detail(inputs))


def test_one_view_needs_no_fusion(network, stack):
    views, valid = stack(1)
    inputs, reference = network.network_input(views, valid)
    expected = upsample(reference) + network.std * network.decode(network.encode(inputs[0]))
    torch.testing.assert_close(network(views, valid), expected)


def test_pairs_of_a_level():
    assert [fusion_pairs(n) for n in (2, 3, 4, 5, 8, 13, 16)] == [(1, 0), (2, 1), (2, 0), (4, 3), (4, 0), (8, 3), (8, 0)]


@pytest.mark.parametrize("count,radius", [(1, 7), (2, 10), (8, 16)])
def test_receptive_field(network, stack, count, radius):
    """6 for the encoder, 3 per fusion level, 1 for the decoder: one low-resolution pixel reaches no further."""
    side = 2 * radius + 7
    views, valid = stack(count, side, side)
    views.requires_grad_(True)
    middle = side  # the second of the two fine pixels of the middle low-resolution pixel
    if middle % 2 == 0:
        middle += 1
    detail = network.detail(network.network_input(views, valid)[0])
    detail[..., middle, middle].sum().backward()
    rows = torch.nonzero(views.grad.abs().sum((0, 1, 2, 4))).flatten()
    here = middle // 2
    assert (here - int(rows.min()), int(rows.max()) - here) == (radius - 1, radius)
