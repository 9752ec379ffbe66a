"""Publish the building network: python -m supertile_training.buildings.export --run R --data D --inputs I --models ../models

Scores the run on the places it never saw, writes the weights with
normalisation folded in, the card, and the golden tensors.
"""

import argparse
import json
from pathlib import Path

import torch
import yaml

from ..weights import save_weights
from .card import DATA, building_card
from .golden import write_golden
from .inputs import load_inputs
from .places import HELD_OUT, read_places
from .runs import trained
from .table import score_run


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def export(run: Path, before: list[Path], folds: list[Path], data: Path, inputs: Path, models: Path, weights: str):
    config = yaml.safe_load((run / "config.yaml").read_text())
    split = config["data"]["split"]
    if split != "places":
        raise ValueError(f"{run} learnt from the split {split!r}: what ships is of the split 'places', which its card describes")
    (models / "golden").mkdir(parents=True, exist_ok=True)
    name = config["name"]
    network, normalised = trained(run, weights)
    row = score_run(network, normalised, read_places(data), load_inputs(inputs)[0], "places", "misr", folds)
    training = {"data": DATA, "heldOut": list(HELD_OUT), "validation": "other places left out whole, in turn", "config": config,
                **json.loads((run / "progress.json").read_text()),
                "before": [{"run": b.name, **json.loads((b / "progress.json").read_text())} for b in before]}
    metrics = {"protocol": "places never trained on, revisits at twice the pixel simulated from PlanetScope images, super-resolved "
                           "with highresnet-rgb-x2; IoU over all pixels; instances matched at IoU 0.25 by the rules of solaris, "
                           "counts summed over images; threshold and rule chosen on other places, by runs that left them out",
               "test": row["test"], "leftOutInTurn": row["chosenBy"], "images": row["images"]}
    polygons = {"pixelThreshold": row["threshold"], **row["rule"], "minAreaM2": 25 * row["rule"]["minAreaPixels"], "connectivity": 4}
    path = models / f"{name}.safetensors"
    save_weights(network, path)
    card = building_card(name, config, path, training, polygons, rounded(metrics))
    (models / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")
    write_golden(models / f"{name}.json", models / "golden" / f"{name}.safetensors")
    print(json.dumps(rounded({k: row[k] for k in ("threshold", "rule", "chosenBy", "test")}), indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run, of the split `places`")
    parser.add_argument("--before", type=Path, nargs="*", default=[], help="folders of the runs it started from")
    parser.add_argument("--folds", type=Path, nargs="+", required=True, help="folders of the runs that left places out in turn")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("../models"))
    parser.add_argument("--weights", default="last", help="last, or best by validation")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    export(args.run, args.before, args.folds, args.data, args.inputs, args.models, args.weights)


if __name__ == "__main__":
    main()
