"""Train the building network: python -m supertile_training.buildings.train --config C --data D --inputs I --out O --split S --input N

Stops at a budget of busy minutes and anneals towards it; keeps a
checkpoint, the averaged weights, and the best of them by validation.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import torch
import yaml
from safetensors.torch import load_file

from ..device import DEVICE, bfloat16, busy_seconds, hardware
from ..hrnet import HRNet
from ..schedule import average, average_evenly, learning_rate, measured_statistics
from ..train import check_folder, positive
from ..weights import save_weights, sha256
from .batches import BuildingBatches, box, sample
from .card import CLASSES, normaliser
from .configuration import read
from .evaluate import Scored, maps_of
from .inputs import CHANNELS, INPUTS, load_inputs
from .losses import building_loss, taught_loss
from .places import ALL_BUT_TEST, FOLDS, learning_areas, read_places, scored_areas
from .runs import widened
from .soft import taught, unlabelled_samples
from .teacher import NAME as TEACHER
from .teacher import Teacher

SPLITS = ("within", ALL_BUT_TEST, "places", *FOLDS)
STATISTICS_STEPS = 60
MIXED = "mixed"  # every three-channel input in turn, by the configured shares


class Run:
    """A training run: network, averaged copy, optimiser, and how far it came."""

    def __init__(self, config: dict):
        torch.manual_seed(config["seed"])
        self.config = config
        variant = config["network"]["variant"]
        network = Teacher(len(CLASSES)) if variant == TEACHER else HRNet(config["network"]["inputs"], len(CLASSES), variant)
        self.network = network.to(DEVICE, memory_format=torch.channels_last)
        self.kept = copy.deepcopy(self.network).requires_grad_(False).eval()
        o = config["optimiser"]
        groups = [{"params": list(self.network.parameters())}]
        if variant == TEACHER:  # what knows already learns more slowly
            encoder = self.network.encoder_parameters()
            known = {id(p) for p in encoder}
            groups = [{"params": encoder, "share": o["encoder_share"]},
                      {"params": [p for p in self.network.parameters() if id(p) not in known]}]
        self.optimiser = torch.optim.AdamW(groups, lr=o["rate"], weight_decay=o["weight_decay"])
        self.normalised = normaliser(config["normalisation"])
        self.step, self.seconds, self.started_from, self.best = 0, 0.0, None, -1.0
        self.averaged = 0  # steps in the even average

    def start_from(self, weights: Path):
        state = load_file(str(weights))
        if self.config["network"]["variant"] != TEACHER:
            state = widened(state, self.config["network"]["inputs"])
        for network in (self.network, self.kept):
            network.load_state_dict(state)
        self.started_from = sha256(weights)

    def start_from_features(self, weights: Path):
        """As start_from, but for the last layer."""
        self.start_from(weights)
        last = self.network.head["conv2"]
        torch.nn.init.normal_(last.weight, std=0.01)
        torch.nn.init.zeros_(last.bias)
        self.kept.head["conv2"].load_state_dict(last.state_dict())

    def progress(self) -> float:
        return self.seconds / (60 * self.config["run"]["minutes"])

    def facts(self) -> dict:
        facts = {"steps": self.step, "minutes": round(self.seconds / 60, 1), "hardware": hardware()}
        return facts | ({"startedFrom": self.started_from} if self.started_from else {})

    def learn(self, images, maps) -> float:
        o = self.config["optimiser"]
        for group in self.optimiser.param_groups:
            group["lr"] = group.get("share", 1) * learning_rate(self.step, self.progress(), o)
        x = self.normalised(images).to(DEVICE).contiguous(memory_format=torch.channels_last)
        maps = maps.to(DEVICE)
        with bfloat16(self.config["run"]["bfloat16"]):
            logits = self.network.train()(x)
        loss = (taught_loss if maps.shape[1] == 6 else building_loss)(logits.float(), maps, self.config["loss"])
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), o["clip"])
        self.optimiser.step()
        if self.progress() < o["average_from"]:
            average(self.kept, self.network, self.step, o["ema"])
        else:
            self.averaged += 1
            average_evenly(self.kept, self.network, self.averaged)
        self.step += 1
        return float(loss.detach())

    def measure_statistics(self, batches):
        """Of the even average, whose weights no batch has run through; from the batches just learnt from."""
        if self.averaged:
            inputs = (self.normalised(batches[k][0]) for k in range(max(0, self.step - STATISTICS_STEPS), self.step))
            measured_statistics(self.kept, (x.to(DEVICE).contiguous(memory_format=torch.channels_last) for x in inputs))

    def save(self, path: Path):
        state = {"network": self.network.state_dict(), "kept": self.kept.state_dict(), "optimiser": self.optimiser.state_dict(),
                 "step": self.step, "seconds": self.seconds, "best": self.best, "started_from": self.started_from,
                 "averaged": self.averaged}
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path):
        state = torch.load(path, weights_only=True, map_location="cpu")  # each part goes where it belongs
        self.network.load_state_dict(state["network"])
        self.kept.load_state_dict(state["kept"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.best = (state[k] for k in ("step", "seconds", "best"))
        self.started_from, self.averaged = state["started_from"], state["averaged"]


def train(run: Run, batches, out: Path, check=None):
    """Learn to the end of the budget. check(network) -> {iou, f1}; the weights with the highest sum are best.safetensors."""
    log = (out / "log.jsonl").open("a", buffering=1)
    losses, last = [], time.monotonic()

    def keep():
        start = busy_seconds()
        run.measure_statistics(batches)
        run.seconds += busy_seconds() - start
        run.save(out / "checkpoint.pt")
        save_weights(run.kept, out / "last.safetensors")
        facts = {"step": run.step, "minutes": round(run.seconds / 60, 2), "checkpoint": True}
        if check:
            found = check(run.kept)
            facts |= found
            if found["iou"] + found["f1"] > run.best:
                run.best = found["iou"] + found["f1"]
                save_weights(run.kept, out / "best.safetensors")
        (out / "progress.json").write_text(json.dumps(run.facts()))
        log.write(json.dumps(facts) + "\n")

    while run.progress() < 1:
        start = busy_seconds()
        losses.append(run.learn(*batches[run.step]))
        run.seconds += busy_seconds() - start
        if run.step % 50 == 0:
            log.write(json.dumps({"step": run.step, "minutes": round(run.seconds / 60, 2), "loss": round(sum(losses) / len(losses), 4)}) + "\n")
            losses = []
        if time.monotonic() - last > 60 * run.config["run"]["checkpoint_minutes"]:
            keep()
            last = time.monotonic()
    keep()


def configured(config: dict, kind: str, split: str = "places") -> dict:
    """The configuration for one input (or MIXED) and split."""
    config = copy.deepcopy(config)
    if split in ("within", ALL_BUT_TEST):
        for part, values in config["within_scenes"].items():
            config[part] |= values
    config["network"]["inputs"] = 3 if kind == MIXED else CHANNELS[kind]
    if kind != MIXED:
        config["data"]["inputs"] = {kind: 1.0}
    return config


def resumed(out: Path, config: dict, start_from: Path | None = None, features: Path | None = None) -> Run:
    """As train.resumed: a folder belongs to one run. What other steps of the recipe do may change meanwhile."""
    check_folder(out, config, free=("run", "recipe", "pretraining"))
    run = Run(config)
    if start_from:
        run.start_from(start_from)
    if features:
        run.start_from_features(features)
    if (out / "checkpoint.pt").exists():
        given = run.started_from
        run.load(out / "checkpoint.pt")
        if given not in (None, run.started_from):
            raise ValueError(f"{out} holds a run that did not start from {start_from or features}: choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/buildings.yaml"))
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--inputs", type=Path, required=True, help="folder of the draws (buildings.inputs)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--input", choices=(MIXED, *INPUTS), required=True)
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--start-from", type=Path, help="weights to begin with")
    begin.add_argument("--features", type=Path, help="weights to begin with, but for the last layer (buildings.pretrain)")
    parser.add_argument("--teacher", action="store_true", help="train the teacher, in place of HRNet")
    parser.add_argument("--soft", type=Path, help="what a teacher of the same split says (buildings.soft)")
    parser.add_argument("--places", nargs="+", help="learn from these places alone, of those of the split")
    parser.add_argument("--minutes", type=positive)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate", type=float, help="learning rate, in place of the configured one")
    parser.add_argument("--final-rate", type=float, help="the same at the end")
    parser.add_argument("--average-from", type=float, help="part of the run from which the mean of all steps' weights is kept")
    args = parser.parse_args()
    try:
        config = configured(read(args.config), args.input, args.split)
    except (ValueError, OSError) as problem:
        parser.exit(1, f"{problem}\n")
    config["run"]["minutes"] = args.minutes or config["run"]["minutes"]
    wanted = {"rate": args.rate, "final_rate": args.final_rate, "average_from": args.average_from}
    config["optimiser"] |= {name: value for name, value in wanted.items() if value is not None}
    config["data"]["split"] = args.split
    config["seed"] = config["seed"] if args.seed is None else args.seed
    if args.teacher:
        config["network"]["variant"] = TEACHER
    torch.set_num_threads(config["run"]["threads"])
    config["data"] |= {"places": args.places, "soft": str(args.soft) if args.soft else None}
    try:
        run = resumed(args.out, config, args.start_from, args.features)
    except ValueError as problem:
        parser.exit(1, f"{problem}\n")
    images, draws = read_places(args.data, args.places), load_inputs(args.inputs)
    areas = learning_areas(images, args.split)
    samples = [sample(i, areas[i.name], [d[i.name] for d in draws]) for i in images if i.name in areas]
    if args.soft:
        soft = torch.load(args.soft, weights_only=True)
        samples = [taught(s, soft, box(areas[s.name])) for s in samples] + unlabelled_samples(soft)
    checked = scored_areas(images, args.split, "validation")
    scored, kind = Scored(images, checked), "misr" if args.input == MIXED else args.input
    check = lambda network: scored.quick(maps_of(network, run.normalised, images, checked, draws[0], kind))
    train(run, BuildingBatches(samples, config), args.out, check if checked else None)


if __name__ == "__main__":
    main()
