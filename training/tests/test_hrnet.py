"""The building network: published sizes, shapes, folding, and what its output depends on."""

import pytest
import torch
from torch import nn

from supertile_training.hrnet import VARIANTS, ConvNorm, HRNet, bilinear, folded
from supertile_training.network import parameter_count


def lived_in(network):
    """Statistics and scales as after some training, so that folding has something to do."""
    generator = torch.Generator().manual_seed(3)
    for m in network.modules():
        if isinstance(m, nn.BatchNorm2d):
            for t, (low, high) in ((m.running_mean, (-1, 1)), (m.running_var, (0.5, 2)), (m.weight.data, (0.5, 1.5)), (m.bias.data, (-1, 1))):
                t.copy_(low + (high - low) * torch.rand(t.shape, generator=generator))
    return network.eval()


@pytest.mark.parametrize("variant, classes, millions", [
    ("w18-small-v1", 2, 1.537), ("w18-small-v1", 19, 1.541), ("w18-small-v2", 2, 3.935), ("w18-small-v2", 19, 3.940)])
def test_published_parameter_counts(variant, classes, millions):
    assert round(parameter_count(HRNet(classes=classes, variant=variant, published=True)) / 1e6, 3) == millions


def test_published_logits_lie_at_a_quarter():
    assert HRNet(published=True).eval()(torch.zeros(1, 3, 64, 96)).shape == (1, 2, 16, 24)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("inputs", [3, 12])
def test_shapes(variant, inputs):
    network = HRNet(inputs=inputs, variant=variant).eval()
    out = network.stages(torch.zeros(2, inputs, 32, 48))
    widths = VARIANTS[variant].widths
    assert out["stem.conv2"].shape == (2, 64, 16, 24)
    assert out["stage1"].shape == (2, 4 * VARIANTS[variant].planes, 16, 24)
    for branch, width in enumerate(widths):
        assert out[f"stage4.branch{branch}"].shape == (2, width, 16 >> branch, 24 >> branch)
    assert out["head.conv2"].shape == (2, 8, 16, 24)
    assert out["logits"].shape == (2, 2, 32, 48)


def test_sides_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="multiples of 16"):
        HRNet().eval()(torch.zeros(1, 3, 32, 40))


@pytest.mark.parametrize("variant", VARIANTS)
def test_folding_changes_nothing(variant):
    network = lived_in(HRNet(variant=variant))
    x = torch.randn(1, 3, 48, 32, generator=torch.Generator().manual_seed(1))
    plain = folded(network)
    expected, found = network.double()(x.double()), plain.double()(x.double())
    assert not any(isinstance(m, (nn.BatchNorm2d, ConvNorm)) for m in plain.modules())
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5 * float(expected.detach().abs().max()))


def test_folded_names_are_plain_paths():
    names = set(folded(HRNet().eval()).state_dict())
    assert len(names) == 146
    assert {"stem.conv1.weight", "stage1.0.shortcut.bias", "transition3.3.weight", "stage4.0.exchange.3.0.2.weight",
            "stage2.0.branches.1.1.conv2.bias", "head.conv1.bias", "head.conv2.weight"} <= names


def test_depth_to_space_order():
    """Channel 4c + 2y + x of the head is class c at row y, column x of its 2 x 2 pixels."""
    network = folded(HRNet().eval())
    out = network.stages(torch.randn(1, 3, 32, 32))
    head, logits = out["head.conv2"][0], out["logits"][0]
    for c in range(2):
        for y in range(2):
            for x in range(2):
                assert torch.equal(logits[c, y::2, x::2], head[4 * c + 2 * y + x])


def test_bilinear_aligns_pixel_areas():
    x = torch.tensor([0.0, 4.0]).view(1, 1, 1, 2)
    assert bilinear(x, torch.zeros(1, 1, 1, 4)).flatten().tolist() == [0.0, 1.0, 3.0, 4.0]


def test_windows_agree_with_the_whole_beyond_the_receptive_field():
    """A window that starts at a multiple of 16 and keeps a halo of 160 gives the same logits."""
    network = lived_in(HRNet())
    x = torch.randn(1, 3, 368, 16, generator=torch.Generator().manual_seed(2))
    whole, part = network(x), network(x[:, :, 16:])
    torch.testing.assert_close(part[:, :, 160:], whole[:, :, 176:], rtol=1e-4, atol=1e-4 * float(whole.detach().abs().max()))
    assert (part[:, :, :32] - whole[:, :, 16:48]).abs().max() > 1e-2
