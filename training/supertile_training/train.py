"""Train a network: python -m supertile_training.train --config C --data D --out O

Stops at a budget of busy minutes (or steps), anneals towards it, and resumes
from the last checkpoint in --out. Learns on a GPU where there is one.
"""

import argparse
import copy
import json
import pickle
import time
from pathlib import Path

import torch
import yaml
from safetensors import SafetensorError

from .architectures import new_network
from .batches import Batches
from .checked import checked
from .device import DEVICE, bfloat16, busy_seconds, hardware, moved_to
from .evaluate import evaluate_place
from .losses import Objective
from .scenes import held_out, training_groups
from .schedule import average, learning_rate
from .settings import CLEAR
from .spacenet7 import SceneBatches, load_scenes
from .splits import training_part
from .weights import load_weights, save_weights, sha256

class Run:
    """A training run: the network, its averaged copy, the optimiser and how far it came."""

    def __init__(self, config: dict):
        torch.manual_seed(config["seed"])
        self.config = config
        self.network = new_network(config).to(DEVICE)
        self.kept = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.objective = Objective(config["loss"], self.network.bands).to(DEVICE)
        learnt = [*self.network.parameters(), *self.objective.parameters()]
        self.optimiser = torch.optim.Adam(learnt, lr=config["optimiser"]["rate"])
        self.step, self.seconds = 0, 0.0
        self.started_from = None  # SHA-256 of given weights

    def progress(self) -> float:
        """0..1 of the budget: steps where the configuration gives them, else minutes."""
        run = self.config["run"]
        if run.get("steps"):
            return self.step / run["steps"]
        return self.seconds / (60 * run["minutes"])

    def facts(self) -> dict:
        """What the model card tells of the run."""
        facts = {"steps": self.step, "minutes": round(self.seconds / 60, 1),
                 "hardware": hardware()}
        return facts | ({"startedFrom": self.started_from} if self.started_from else {})

    def learn(self, revisits) -> float:
        """One optimiser step; returns the loss."""
        start = busy_seconds()
        optimiser = self.config["optimiser"]
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.progress(), optimiser)
        revisits = moved_to(revisits, DEVICE)
        with bfloat16(self.config["run"]["bfloat16"]):
            inputs, reference = self.network.network_input(revisits.views, revisits.valid)
            image = self.network.image(inputs, reference)
        loss = self.objective(image, revisits, reference)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), optimiser["clip"])
        self.optimiser.step()
        average(self.kept, self.network, self.step, optimiser["ema"])
        self.step += 1
        value = float(loss.detach())  # waits for a GPU
        self.seconds += busy_seconds() - start
        return value

    def start_from(self, weights: Path):
        """Begin with given weights; optimiser and schedule start anew."""
        load_weights(self.network, weights).train()
        self.started_from = sha256(weights)
        self.kept.load_state_dict(self.network.state_dict())

    def save(self, path: Path):
        state = {"network": self.network.state_dict(), "kept": self.kept.state_dict(),
                 "objective": self.objective.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step, "seconds": self.seconds,
                 "started_from": self.started_from}
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path):
        state = torch.load(path, weights_only=True, map_location="cpu")  # each part goes where it belongs
        self.network.load_state_dict(state["network"])
        self.kept.load_state_dict(state["kept"])
        self.objective.load_state_dict(state["objective"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]
        if "started_from" in state:
            self.started_from = state["started_from"]
        else:  # of a run before that was kept here
            facts = path.with_name("progress.json")
            self.started_from = json.loads(facts.read_text()).get("startedFrom") if facts.exists() else None


def quick_check(network, places) -> dict:
    """Mean PSNR gain over bicubic (dB) on small held-out windows, for few and many views."""
    with bfloat16():
        rows = {k: [evaluate_place(network, p, [k], CLEAR, window=224)[0] for p in places] for k in (2, 8)}
    return {f"gain_{k}": round(sum(r["gain"] for r in row) / len(row), 3) for k, row in rows.items()}


def train(run: Run, batches, out: Path, checkpoint_minutes: float, check=None):
    """Learn to the end of the budget, with a checkpoint and averaged weights every so often."""
    log = (out / "log.jsonl").open("a", buffering=1)
    losses, last = [], time.monotonic()

    def keep():
        run.save(out / "checkpoint.pt")
        save_weights(run.kept, out / f"{run.config['name']}.safetensors")
        (out / "progress.json").write_text(json.dumps(run.facts()))
        log.write(json.dumps({"step": run.step, "minutes": round(run.seconds / 60, 2), "checkpoint": True,
                              **(check(run.kept) if check else {})}) + "\n")

    while run.progress() < 1:
        start = busy_seconds()
        batch = batches[run.step]
        run.seconds += busy_seconds() - start
        losses.append(run.learn(batch))
        if run.step % 50 == 0:
            log.write(json.dumps({"step": run.step, "minutes": round(run.seconds / 60, 2),
                                  "loss": round(sum(losses) / len(losses), 4)}) + "\n")
            losses = []
        if time.monotonic() - last > 60 * checkpoint_minutes:
            keep()
            last = time.monotonic()
    keep()


def learning_material(data: Path, config: dict):
    """The batches that a configuration's `data` asks for, and the check at every checkpoint (None for a foreign truth)."""
    if "spacenet7" in config["data"]:
        return SceneBatches(load_scenes(data / config["data"]["spacenet7"]["folder"]), config), None
    places = held_out(data)
    groups = training_part(training_groups(data), config.get("split"), places)
    for name in config["data"]["groups"]:
        if name not in groups:
            raise ValueError(f"configuration: data.groups has {name}, expected some of {', '.join(groups)}")
        if not groups[name] or not all(p.dates for p in groups[name]):
            raise ValueError(f"{data}: holds no images of the group {name}; training/README.md lists the folders")
    return Batches(groups, config), lambda network: quick_check(network, places)


def resumed(out: Path, config: dict, start_from: Path | None = None) -> Run:
    """The run of a folder, from its last checkpoint where it has one; the folder is made, and says what is learnt there.

    A folder belongs to one run: raises ValueError, and changes nothing, where
    its checkpoint is of another configuration (budget, threads and precision
    may differ) or started from other weights.
    """
    checkpoint, written = out / "checkpoint.pt", out / "config.yaml"
    check_folder(out, config)
    run = Run(config)
    if start_from:
        try:
            run.start_from(start_from)
        except (RuntimeError, SafetensorError) as problem:
            raise ValueError(f"{start_from} holds no weights of this network: {problem}") from problem
    if checkpoint.exists():
        given = run.started_from
        try:
            run.load(checkpoint)
        except (RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as problem:
            raise ValueError(f"{checkpoint} is damaged, or of another network: {problem}; choose another --out") from problem
        if given not in (None, run.started_from):
            raise ValueError(f"{out} holds a run that did not start from {start_from}: choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    written.write_text(yaml.safe_dump(config, sort_keys=False))
    return run


def check_folder(out: Path, config: dict, free: tuple = ("run",)):
    """Raises ValueError where a folder holds a run of another configuration, but for its sections `free`."""
    if not (out / "checkpoint.pt").exists() or not (out / "config.yaml").exists():
        return
    try:
        before = yaml.safe_load((out / "config.yaml").read_text())
    except yaml.YAMLError as problem:
        raise ValueError(f"{out}/config.yaml: {problem}") from problem
    if not isinstance(before, dict):
        raise ValueError(f"{out}/config.yaml is damaged: choose another --out, or put it right")
    other = sorted(k for k in before.keys() | config.keys() if k not in free and before.get(k) != config.get(k))
    if other:
        raise ValueError(f"{out} holds a run of another configuration ({', '.join(other)} differ): choose another --out")


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("expected more than 0")
    return value


def one_or_more(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("expected 1 or more")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, weights and the log")
    parser.add_argument("--start-from", type=Path, help="weights (.safetensors) to begin with, in place of fresh ones")
    parser.add_argument("--minutes", type=positive, help="budget of busy minutes, in place of the configured one")
    parser.add_argument("--steps", type=one_or_more, help="budget of steps, in place of minutes")
    args = parser.parse_args()
    try:
        try:
            config = checked(yaml.safe_load(args.config.read_text()))
        except yaml.YAMLError as problem:
            raise ValueError(f"{args.config}: {problem}") from problem
        if args.minutes:
            config["run"]["minutes"] = args.minutes
        if args.steps:
            config["run"]["steps"] = args.steps
        torch.set_num_threads(config["run"]["threads"])
        batches, check = learning_material(args.data, config)
        batches[0]  # places may be too small for the windows
        run = resumed(args.out, config, args.start_from)
    except (ValueError, OSError) as problem:  # the data, the configuration or the folder: nothing was begun
        parser.exit(1, f"{problem}\n")
    train(run, batches, args.out, config["run"]["checkpoint_minutes"], check)


if __name__ == "__main__":
    main()
