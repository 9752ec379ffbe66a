"""Reference values for EvaluationTests: python make_reference_values.py

Writes reference_values.json beside this file, with the versions that made it.
The images are formulas in integers, so that the Swift tests make the same
ones. Needs numpy, torch, torchmetrics and scikit-image.
"""

import json
import math
from pathlib import Path

import numpy as np
import skimage
import torch
import torchmetrics
from skimage.exposure import match_histograms
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torchmetrics.functional.image import (peak_signal_noise_ratio as torch_psnr, spectral_angle_mapper,
                                           structural_similarity_index_measure as torch_ssim)


def images(rows, columns):
    """Image and truth (3,H,W) float32, the anchor (3,H/2,W/2)."""
    b, r, c = np.meshgrid(np.arange(3), np.arange(rows), np.arange(columns), indexing="ij")
    base = ((r * r * 3 + c * 7 * (b + 1) + r * c) % 251).astype(np.float32)
    noise = ((r * 31 + c * 17 + b * 5) % 23).astype(np.float32)
    truth = base / np.float32(500)
    image = base / np.float32(520) + noise / np.float32(1000)
    b, r, c = np.meshgrid(np.arange(3), np.arange(rows // 2), np.arange(columns // 2), indexing="ij")
    anchor = box(truth[:, :rows // 2 * 2, :columns // 2 * 2]).astype(np.float32)
    anchor += ((r * 13 + c * 7 + b * 3) % 11).astype(np.float32) / np.float32(2000)
    return image, truth, anchor


def box(image):
    """2 x 2 means."""
    bands, rows, columns = image.shape
    return image.reshape(bands, rows // 2, 2, columns // 2, 2).mean((2, 4))


def sensor(image):
    """Through a Gaussian with a modulation transfer of 0.3 at the coarse Nyquist frequency: 8 taps an axis around
    the centre of each coarse pixel, edges repeated."""
    sigma = 2 * math.sqrt(-2 * math.log(0.3)) / math.pi
    reach = math.ceil(3.55 * sigma)
    offsets = np.arange(-reach + 1, reach + 1)
    weights = np.exp(-((offsets - 0.5) ** 2) / (2 * sigma ** 2))
    weights /= weights.sum()
    for axis in (1, 2):
        count = image.shape[axis]
        sampled = [weight * np.take(image, np.clip(np.arange(0, count, 2) + offset, 0, count - 1), axis)
                   for offset, weight in zip(offsets, weights)]
        image = sum(sampled)
    return image


def similarity():
    image, truth, _ = images(40, 57)
    batches = torch.from_numpy(image)[None], torch.from_numpy(truth)[None]
    options = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=0)
    # torchmetrics reflects the edges and takes the mean of everything; the windows inside the image are compared.
    _, whole = torch_ssim(*(batch.double() for batch in batches), data_range=1.0, sigma=1.5, return_full_image=True)
    residual = image.astype(float) - truth
    residual -= residual.mean((1, 2), keepdims=True)
    return {
        "psnr": {str(peak): peak_signal_noise_ratio(truth, image, data_range=peak) for peak in (1.0, 0.3)},
        "ssim": {str(peak): structural_similarity(truth.astype(float), image.astype(float), data_range=peak, **options)
                 for peak in (1.0, 0.3)},
        "torchmetricsPSNR": torch_psnr(*batches, data_range=1.0).item(),
        "torchmetricsSSIM": whole[..., 5:-5, 5:-5].mean().item(),
        "cpsnr": -10 * math.log10((residual ** 2).mean()),
    }


def consistency():
    image, _, anchor = images(96, 112)
    seen = sensor(image.astype(float))
    difference = seen - anchor
    blocks = difference.reshape(3, 6, 8, 7, 8).mean((2, 4))
    pooled = box(image.astype(float)) - anchor
    angle = spectral_angle_mapper(torch.from_numpy(seen)[None], torch.from_numpy(anchor.astype(float))[None])
    return {
        "meanAbsoluteDifference": np.abs(difference).mean((1, 2)).tolist(),
        "rmse": np.sqrt((difference ** 2).mean((1, 2))).tolist(),
        "bias": difference.mean((1, 2)).tolist(),
        "blockMeanRMSE": np.sqrt((blocks ** 2).mean((1, 2))).tolist(),
        "boxRMSE": np.sqrt((pooled ** 2).mean((1, 2))).tolist(),
        "boxBias": pooled.mean((1, 2)).tolist(),
        "torchmetricsSAMDegrees": math.degrees(angle.item()),
    }


def upsampled(anchor):
    return torch.nn.functional.interpolate(torch.from_numpy(anchor)[None], scale_factor=2, mode="bilinear",
                                           align_corners=False, antialias=True)[0].numpy()


def correctness():
    """opensr-test's correctness and synthesis, pixel by pixel, with its default parameters."""
    image, truth, anchor = images(96, 112)
    inner = (slice(None), slice(16, -16), slice(16, -16))
    reference, low = truth[inner].astype(float), upsampled(anchor)[inner].astype(float)
    harmonised = match_histograms(image[inner].astype(float), reference, channel_axis=0)

    def distance(x, y):
        return (np.abs(x - y) / np.abs(x + y + 1e-8)).mean(0)

    d_ref, d_im, d_om = distance(low, reference), distance(harmonised, reference), distance(harmonised, low)
    threshold = np.percentile(d_ref, 75)
    judged = (d_ref > threshold) | (d_im > threshold) | (d_om > threshold)
    judged &= d_ref > 0
    a, b = d_im[judged] / d_ref[judged], d_om[judged] / d_ref[judged]
    farther = 1 - np.exp(-(a + b - 1) * 0.05)
    scores = np.stack([a + b * farther, b + a * farther, np.exp(-a * b * 0.05)])
    weights = np.exp(-scores / 0.25)
    shares = (weights / weights.sum(0)).mean(1)
    return {"improvement": shares[0], "omission": shares[1], "hallucination": shares[2],
            "synthesis": np.abs(low - harmonised).mean(), "judgedPixels": int(judged.sum())}


def spectrum(rows, columns, side):
    image = images(rows, columns)[0].astype(float)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(side) / side)
    window = np.outer(window, window)
    frequency = np.fft.fftfreq(side, 1 / side)
    ring = np.rint(np.hypot(frequency[:, None], frequency[None, :])).astype(int)

    def starts(extent):
        slack = extent - side
        count = 1 + math.ceil(slack / (side / 2))
        return [0 if count == 1 else slack * index // (count - 1) for index in range(count)]

    powers = []
    for row in starts(rows):
        for column in starts(columns):
            for band in image:
                square = band[row:row + side, column:column + side]
                transformed = np.fft.fft2((square - square.mean()) * window)
                powers.append(np.abs(transformed) ** 2 / (window ** 2).sum())
    mean = np.mean(powers, 0)
    return {"side": side, "power": [mean[ring == k].mean() for k in range(1, side // 2 + 1)]}


def main():
    image, truth, _ = images(40, 57)
    matched = match_histograms(image[0].astype(float), truth[1].astype(float))
    document = {
        "versions": {"numpy": np.__version__, "scikit-image": skimage.__version__, "torch": torch.__version__,
                     "torchmetrics": torchmetrics.__version__},
        "similarity": similarity(),
        "consistency": consistency(),
        "correctness": correctness(),
        "bilinear": upsampled(images(12, 10)[2]).ravel().tolist(),
        "matched": matched.ravel()[::19].tolist(),
        "spectra": [spectrum(64, 64, 64), spectrum(96, 80, 64)],
        # Half a count is added so that no value lies on the edge of a bin.
        "histogram": [np.histogram(band.astype(float) + 5e-5, bins=40, range=(0, 0.4))[0].tolist() for band in image],
    }
    path = Path(__file__).with_name("reference_values.json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
