"""The published CARN network (ONNX, ten bands, 10 m to 5 m), as a comparison.

It wants B02 B03 B04 B08 B05 B06 B07 B8A B11 B12. The evaluation cities hold
the four bands of 10 m alone; the other six are estimated from these by a
linear fit on Boadella, where all twelve are there. How much that matters is
measured on Boadella itself (`compare`).
"""

from pathlib import Path

import numpy as np
import rasterio
import torch

from .metrics import psnr
from .network import upsample
from .scenes import CLOUDY, SCALE
from .sensor import see
from .simulate import MARGIN

TEN_METRES = ("B02", "B03", "B04", "B08")
OTHERS = ("B05", "B06", "B07", "B8A", "B11", "B12")
NOISE = 0.0015
BOADELLA_ORDER = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")


def read_all(path: Path) -> torch.Tensor:
    """Every band of a GeoTIFF as (bands,H,W) reflectance."""
    with rasterio.open(path) as image:
        return torch.from_numpy(image.read().astype(np.float32) / SCALE)


def boadella_dates(data: Path) -> list[torch.Tensor]:
    """The clear dates, (12,H,W) reflectance each."""
    paths = sorted((data / "sentinel2-l2a-boadella").glob("*.tif"))
    return [read_all(p) for p in paths if p.stem not in CLOUDY]


class SpectralFit:
    """The six other bands as linear functions of the four bands of 10 m."""

    def __init__(self, dates: list[torch.Tensor]):
        pick = lambda date, names: date[[BOADELLA_ORDER.index(n) for n in names]].flatten(1)
        x = torch.cat([pick(d, TEN_METRES) for d in dates], dim=1).double()
        y = torch.cat([pick(d, OTHERS) for d in dates], dim=1).double()
        ones = torch.ones(1, x.shape[1], dtype=x.dtype)
        self.weights = torch.linalg.lstsq(torch.cat([x, ones]).T, y.T).solution.float()  # (5, 6)

    def __call__(self, four):
        """(4,h,w) -> (10,h,w) in the order that CARN wants."""
        ones = torch.ones_like(four[:1])
        others = torch.einsum("io,ihw->ohw", self.weights, torch.cat([four, ones]))
        return torch.cat([four, others.clamp(min=0)])


class Carn:
    """(10,h,w) reflectance -> (3,2h,2w) reflectance, red green blue."""

    def __init__(self, path: Path, threads: int = 1):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, ten):
        name = self.session.get_inputs()[0].name
        output = self.session.run(None, {name: (ten * SCALE).unsqueeze(0).numpy().astype(np.float32)})[0][0]
        return torch.from_numpy(output[[2, 1, 0]]) / SCALE


def seen_with_noise(fine, noise: float, generator):
    """(bands,2h,2w) -> (bands,h,w) as the low-resolution sensor sees it."""
    size = (fine.shape[-2] // 2, fine.shape[-1] // 2)
    low = see(fine.unsqueeze(0), size, 0)[0]
    return (low + noise * torch.randn(low.shape, generator=generator)).clamp(min=0)


def carn_image(carn: Carn, fit: SpectralFit, data: Path, scene):
    """What CARN makes of a held-out city's anchor, (1,3,2h,2w): near infrared degraded beside it, the rest estimated."""
    near_infrared = read_all(data / "sentinel2-l1c-cities" / f"{scene.name}_1.tif")[3:4]
    area = (slice(None), *(slice(s.start + MARGIN, s.stop - MARGIN) for s in scene.area[1:]))
    generator = torch.Generator().manual_seed(40)
    anchor = scene.stack.views[0, 0]
    four = torch.cat([anchor.flip(0), seen_with_noise(near_infrared[area], NOISE, generator)])
    return carn(fit(four)).unsqueeze(0)


def carn_bands_matter(carn: Carn, fit: SpectralFit, data: Path) -> dict:
    """CARN on Boadella's degraded dates, PSNR in dB: with its ten real bands, with six estimated, and bicubic."""
    generator = torch.Generator().manual_seed(41)
    rows = []
    for date in boadella_dates(data):
        date = date[:, : date.shape[1] // 2 * 2, : date.shape[2] // 2 * 2]
        low = seen_with_noise(date, NOISE, generator)
        truth = date[[BOADELLA_ORDER.index(b) for b in ("B04", "B03", "B02")]]
        ten = low[[BOADELLA_ORDER.index(b) for b in (*TEN_METRES, *OTHERS)]]
        rows.append({"real": psnr(carn(ten), truth), "estimated": psnr(carn(fit(ten[:4])), truth),
                     "bicubic": psnr(upsample(ten[[2, 1, 0]].unsqueeze(0))[0], truth)})
    return {k: sum(r[k] for r in rows) / len(rows) for k in rows[0]}
