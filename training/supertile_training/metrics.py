"""PSNR and SSIM on reflectance with data range 1.0."""

import torch
from torch.nn import functional as F


def psnr(image, truth, data_range: float = 1.0) -> float:
    """10 log10(R^2 / MSE) over all bands and pixels, in dB."""
    return float(10 * torch.log10(data_range ** 2 / F.mse_loss(image.double(), truth.double())))


def cpsnr(image, truth) -> float:
    """PSNR after each band's mean difference is removed, in dB."""
    bias = (truth - image).mean((-2, -1), keepdim=True)
    return psnr(image + bias, truth)


def spectral_angle(image, truth) -> float:
    """Mean angle between the spectra of (B,C,H,W) pixels, in degrees; black pixels are left out."""
    image, truth = image.double(), truth.double()
    lengths = image.norm(dim=1) * truth.norm(dim=1)
    lit = lengths > 0
    cosine = (image * truth).sum(1)[lit] / lengths[lit]
    return float(torch.rad2deg(torch.arccos(cosine.clamp(-1, 1))).mean())


def gaussian_window(size: int = 11, sigma: float = 1.5):
    x = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
    taps = torch.exp(-0.5 * (x / sigma) ** 2)
    return taps / taps.sum()


def windowed(x, taps):
    """Gaussian mean of (B,C,H,W) over the windows that fit inside."""
    channels = x.shape[1]
    x = F.conv2d(x, taps.to(x).view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    return F.conv2d(x, taps.to(x).view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)


def ssim(image, truth, data_range: float = 1.0):
    """Wang 2004: 11 x 11 Gaussian, sigma 1.5, K1 0.01, K2 0.03, population covariance, valid region.

    image, truth (B,C,H,W) -> scalar tensor, mean over bands and pixels.
    """
    taps = gaussian_window()
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_x, mean_y = windowed(image, taps), windowed(truth, taps)
    var_x = windowed(image * image, taps) - mean_x ** 2
    var_y = windowed(truth * truth, taps) - mean_y ** 2
    cov = windowed(image * truth, taps) - mean_x * mean_y
    score = (2 * mean_x * mean_y + c1) * (2 * cov + c2)
    return (score / ((mean_x ** 2 + mean_y ** 2 + c1) * (var_x + var_y + c2))).mean()
