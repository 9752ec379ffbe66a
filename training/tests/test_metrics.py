import torch
from skimage.metrics import structural_similarity

from supertile_training.losses import consistency_loss, pixel_loss
from supertile_training.metrics import cpsnr, psnr, ssim
from supertile_training.sensor import see


def test_psnr_of_a_known_error():
    truth = torch.zeros(1, 3, 8, 8)
    assert abs(psnr(truth + 0.01, truth) - 40) < 1e-3
    assert cpsnr(truth + torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1), truth) > 100


def test_ssim_is_that_of_wang():
    torch.manual_seed(0)
    truth = torch.rand(1, 3, 40, 50, dtype=torch.float64)
    image = (truth + 0.1 * torch.randn_like(truth)).clamp(0, 1)
    theirs = structural_similarity(truth[0].numpy(), image[0].numpy(), gaussian_weights=True, sigma=1.5,
                                   use_sample_covariance=False, data_range=1.0, channel_axis=0)
    assert abs(float(ssim(image, truth)) - theirs) < 1e-6


def test_consistency_is_zero_for_what_the_sensor_saw():
    image = torch.rand(2, 3, 24, 32)
    everywhere = torch.ones(2, 12, 16, dtype=torch.bool)
    assert consistency_loss(image, see(image, (12, 16), 0), everywhere, "sensor", 0.01) < 1e-6
    assert consistency_loss(image, torch.nn.functional.avg_pool2d(image, 2), everywhere, "box", 0.01) < 1e-6
    assert consistency_loss(image, see(image, (12, 16), 0), everywhere, "box", 0.01) > 1


def test_consistency_leaves_masked_pixels_out():
    image = torch.rand(1, 3, 24, 24)
    low = see(image, (12, 12), 0)
    low[..., 5, 5] = 9
    valid = torch.ones(1, 12, 12, dtype=torch.bool)
    assert consistency_loss(image, low, valid, "sensor", 1.0) > 0.1
    valid[:, 5, 5] = False
    assert consistency_loss(image, low, valid, "sensor", 1.0) < 1e-6


def test_pixel_losses_are_zero_for_the_truth_and_cmse_ignores_bias():
    truth = torch.rand(1, 3, 24, 24)
    for kind in ("l1", "mse", "cmse", "ssim"):
        assert abs(float(pixel_loss(truth, truth, kind, 0.01))) < 1e-5
    assert pixel_loss(truth + 0.1, truth, "cmse", 1.0) < 1e-8
