"""The model card: what the engine reads, and what a user should know."""

import json
from pathlib import Path

from .architectures import new_network
from .network import parameter_count
from .scenes import HELD_OUT
from .sensor import MTF_AT_NYQUIST, SIGMA_FINE
from .weights import sha256

COPERNICUS = "Copernicus Sentinel data, free use with attribution"

TRAINING_DATA = [
    {"name": "sentinel2-l1c-cities", "licence": COPERNICUS,
     "what": "16 cities, all but one on two dates, Sentinel-2 L1C at about 10 m (four further cities are held out)"},
    {"name": "sentinel2-l2a-patches", "licence": COPERNICUS,
     "what": "1600 patches of 64 x 64 pixels in Europe, Sentinel-2 L2A at 10 m"},
    {"name": "sentinel2-l2a-boadella", "licence": COPERNICUS,
     "what": "one place in Catalonia on 8 clear dates, Sentinel-2 L2A"},
    {"name": "sentinel2-l1c-belgium", "licence": COPERNICUS,
     "what": "one scene of 512 x 1024 pixels in Belgium, Sentinel-2 L1C at 10 m"},
]

LIMITS = [
    "Trained and measured on revisits simulated at 20 m from real 10 m images, with the 10 m image as the truth; "
    "the use from 10 m to 5 m assumes that the same detail laws hold there, and was not measured against a real 5 m image.",
    "The simulated sensor is a Gaussian point spread with modulation 0.3 at the Nyquist frequency; "
    "a sensor that is sharper or more blurred gives too little or too much sharpening.",
    "The views must be resampled to the anchor's grid to within one pixel and harmonised to its radiometry; "
    "larger shifts add nothing or blur.",
    "Clouds and shadows that the masks miss may leave traces, most of all with few views.",
    "Where only the anchor is clear the result is single-image sharpening; where no view is clear "
    "the anchor's own (clouded) value is sharpened.",
    "Change between the dates is resolved in favour of the anchor, not always completely.",
    "The places of the training patches are not recorded: that one lies in a held-out city cannot be excluded.",
    "Most training scenes are towns and fields; water, snow, ice and desert are rare among them.",
    "The result is an estimate, not a measurement: objects smaller than about 10 m may be misplaced or invented.",
]


SPACENET7_DATA = [
    {"name": "spacenet7", "licence": "CC BY-SA 4.0", "what": "PlanetScope mosaics of the SpaceNet 7 training scenes, as the truth"},
    {"name": "sentinel2-revisits", "licence": COPERNICUS, "what": "Sentinel-2 L2A revisits of those scenes"},
]

SPACENET7_LIMITS = [
    "Trained on PlanetScope mosaics of the same months as the truth, brought to Sentinel-2's colours by a network that is "
    "not part of it; measured on revisits simulated at 20 m from real 10 m images, like the other weights.",
    *LIMITS[2:],
]

FOR_COMPARISON = [
    "For comparison alone: it stands in the tables of models/EVALUATION.md beside the network that ships, "
    "and is not run by the product.",
]


def training_facts(run: Path, config: dict, before: Path | None = None) -> dict:
    """What a run learnt from and for how long; with the card of the weights that it started from, those before it."""
    progress = json.loads((run / "progress.json").read_text())
    material = {"data": SPACENET7_DATA, "heldOut": []} if "spacenet7" in config["data"] \
        else {"data": TRAINING_DATA, "heldOut": list(HELD_OUT)}
    if (config.get("split") or {}).get("held_out_tops"):
        material["heldOut"] = [f"{name}: all but the top 80 % of the first date" for name in HELD_OUT]
    facts = {**material, "config": config, **progress}
    if "startedFrom" in progress:
        card = json.loads(before.read_text()) if before else None
        if not card or card["weights"]["sha256"] != progress["startedFrom"]:
            raise ValueError(f"{run} started from weights with SHA-256 {progress['startedFrom']}, "
                             f"{before or 'no card'} was given: give their card with --before")
        facts["before"] = {k: v for k, v in card["training"].items() if k not in ("data", "heldOut")}
    return facts


def metric_tables(result: dict) -> dict:
    """The mean tables of an evaluation, as they stand in the card."""
    return {
        "protocol": "held-out cities, 20 m revisits simulated from 10 m; means over the cities; reflectance, "
                    "red, green and blue together; PSNR in dB; SSIM Wang 2004 (11 x 11, sigma 1.5); "
                    "bicubic is that of the anchor; consistency is the RMSE against the anchor through the sensor model",
        "dataRange": result["dataRange"], "seed": result["seed"],
        **{name: part["mean"] for name, part in result["settings"].items()},
    }


def model_card(config: dict, weights: Path, training: dict, metrics: dict | None) -> dict:
    """The card of a configuration's network with these weights; `training` from training_facts."""
    network = new_network(config)
    return {
        "format": "supertile-model/1",
        "name": config["name"],
        "version": f"{config['version']}+{training['steps']}",
        "architecture": config["network"]["architecture"],
        "parameters": parameter_count(network),
        "bands": config["network"]["bands"],
        "factor": network.factor,
        "hidden": network.hidden,
        "receptiveFieldRadius": network.receptive_field,
        "maxViews": network.max_views,
        "reference": network.reference,
        "residual": "bicubic",
        "normalisation": config["normalisation"],
        "sensorModel": {"kind": "gaussian", "mtfAtNyquist": MTF_AT_NYQUIST, "sigmaFinePixels": round(SIGMA_FINE, 5)},
        "weights": {"file": weights.name, "sha256": sha256(weights), "licence": "CC-BY-SA-4.0" if "spacenet7" in config["data"] else "CC-BY-4.0"},
        "training": training,
        "metrics": metrics or {},
        "limits": FOR_COMPARISON if config.get("for_comparison") else SPACENET7_LIMITS if "spacenet7" in config["data"] else LIMITS,
    }
