"""The building model's card: what the engine reads, and what a user should know."""

import json
from pathlib import Path

import torch

from ..hrnet import HRNet
from ..network import parameter_count
from ..weights import load_weights, sha256

CLASSES = ["building", "separation"]
# W18-Small-v1 with the stem of hrnet.py: farthest input pixel (before, after) that reaches an output pixel, over all positions modulo 16.
RECEPTIVE_FIELD = {"before": 158, "after": 143}
LICENCE = "CC-BY-SA-4.0"

DATA = [{"name": "spacenet7-buildings", "licence": "CC BY-SA 4.0",
         "what": "SpaceNet 7 PlanetScope images at 4.78 m with building masks, 2.2 million pixels of 11 places "
                 "(SpaceNet on AWS; Planet Labs; CC BY-SA 4.0)"},
        {"name": "sentinel2-l1c-cities, sentinel2-l1c-belgium, sentinel2-l2a-patches", "licence": "Copernicus Sentinel data",
         "what": "Sentinel-2 images without labels: 20 cities on two dates, one scene of fields, 1600 patches of Europe "
                 "(contains modified Copernicus Sentinel data)"},
        {"name": "efficientnet-lite0", "licence": "Apache-2.0",
         "what": "weights learnt from ImageNet, of a network that taught this one (features, and maps after it had learnt from the "
                 "labels); none of them are in this file"}]

LIMITS = [
    "Trained on PlanetScope images brought to Sentinel-2's resolution and reflectance by simulation, then super-resolved; "
    "on Sentinel-2 images themselves only from a teacher's maps: images with building labels were not at hand.",
    "2.2 million pixels of 11 places: other building styles, roof colours, seasons, snow and light may be missed.",
    "The pixel of the training images is 4.78 m in EPSG:3857, on the ground 3 to 4.8 m: buildings are a little larger "
    "in pixels there than on a 5 m grid.",
    "Small houses under trees are mostly missed, close ones merged; what is smaller than the rule's minimum area is left out.",
    "Where roofs are darker than the ground around them the network takes the ground for the building.",
    "Bright bare ground, yards and car parks may be taken for roofs.",
]


def building_card(name: str, config: dict, weights: Path, training: dict, polygons: dict, metrics: dict) -> dict:
    """polygons {threshold, seed, minAreaPixels}; metrics as in evaluate.py."""
    network = HRNet(config["network"]["inputs"], len(CLASSES), config["network"]["variant"], folded=True)
    return {
        "format": "supertile-model/1",
        "name": name,
        "version": f"{config['version']}+{training['steps']}",
        "architecture": "hrnet",
        "variant": config["network"]["variant"],
        "parameters": parameter_count(network),
        "bands": ["B04", "B03", "B02"] * (network.inputs // 3),
        "pixelSize": 5.0,
        "factor": 1,
        "sidesMultipleOf": 16,
        "batchNormalisation": "folded into the convolutions",
        "stem": {"channels": 64, "strides": [2, 1]},
        "head": "depth-to-space 2",
        "interpolation": "bilinear, align_corners false",
        "receptiveFieldRadius": RECEPTIVE_FIELD,
        "halo": 160,
        "input": "reflectance 0..1, (value - mean) / std per band",
        "normalisation": config["normalisation"],
        "classes": CLASSES,
        "output": "logits, one per class; probability = sigmoid, classes independent",
        "polygons": polygons,
        "weights": {"file": weights.name, "sha256": sha256(weights), "licence": LICENCE},
        "training": training,
        "metrics": metrics,
        "limits": LIMITS,
    }


def normaliser(constants: dict):
    """(n,C,H,W) reflectance -> normalised; a band's constants serve it in every view."""
    mean, std = (torch.tensor(constants[k], dtype=torch.float32).view(-1, 1, 1) for k in ("mean", "std"))

    def normalised(image):
        views = image.shape[1] // 3
        return (image - mean.repeat(views, 1, 1)) / std.repeat(views, 1, 1)

    return normalised


def load_network(card: Path):
    """A published model: (folded network ready to run, function from reflectance to its input)."""
    facts = json.loads(card.read_text())
    network = HRNet(len(facts["bands"]), len(facts["classes"]), facts["variant"], folded=True)
    load_weights(network, card.parent / facts["weights"]["file"])
    return network, normaliser(facts["normalisation"])
