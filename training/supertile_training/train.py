"""Train a network: python -m supertile_training.train --config C --data D --out O

Stops at a budget of busy minutes (or steps), anneals towards it, and resumes
from the last checkpoint in --out.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import torch
import yaml

from .architectures import new_network
from .batches import Batches
from .evaluate import evaluate_place
from .losses import Objective
from .scenes import held_out, training_groups
from .schedule import average, learning_rate
from .settings import CLEAR
from .spacenet7 import SceneBatches, load_scenes
from .splits import training_part
from .weights import load_weights, save_weights, sha256

# Without bfloat16 arithmetic in the processor it is emulated, several times slower than float32.
FAST_BFLOAT16 = torch.cpu._is_avx512_bf16_supported()


def bfloat16(wanted: bool = True):
    """A context in which convolutions are computed in bfloat16, where that is wanted and the processor is fast at it."""
    return torch.autocast("cpu", torch.bfloat16, enabled=FAST_BFLOAT16 and bool(wanted))


def busy_seconds() -> float:
    """Processor time of this process, shared by its threads: the clock of the budget, which waiting for others does not move."""
    return time.process_time() / torch.get_num_threads()


class Run:
    """A training run: the network, its averaged copy, the optimiser and how far it came."""

    def __init__(self, config: dict):
        torch.manual_seed(config["seed"])
        self.config = config
        self.network = new_network(config)
        self.kept = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.objective = Objective(config["loss"], self.network.bands)
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
                 "hardware": f"{torch.get_num_threads()} CPU threads"}
        return facts | ({"startedFrom": self.started_from} if self.started_from else {})

    def learn(self, revisits) -> float:
        """One optimiser step; returns the loss."""
        start = busy_seconds()
        optimiser = self.config["optimiser"]
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.progress(), optimiser)
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
        self.seconds += busy_seconds() - start
        return float(loss.detach())

    def start_from(self, weights: Path):
        """Begin with given weights; optimiser and schedule start anew."""
        load_weights(self.network, weights).train()
        self.started_from = sha256(weights)
        self.kept.load_state_dict(self.network.state_dict())

    def save(self, path: Path):
        state = {"network": self.network.state_dict(), "kept": self.kept.state_dict(),
                 "objective": self.objective.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step, "seconds": self.seconds}
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path):
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.kept.load_state_dict(state["kept"])
        self.objective.load_state_dict(state["objective"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


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
    return Batches(groups, config), lambda network: quick_check(network, places)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, weights and the log")
    parser.add_argument("--start-from", type=Path, help="weights (.safetensors) to begin with, in place of fresh ones")
    parser.add_argument("--minutes", type=float, help="budget of busy minutes, in place of the configured one")
    parser.add_argument("--steps", type=int, help="budget of steps, in place of minutes")
    args = parser.parse_args()
    config = yaml.safe_load(args.config.read_text())
    if args.minutes:
        config["run"]["minutes"] = args.minutes
    if args.steps:
        config["run"]["steps"] = args.steps
    torch.set_num_threads(config["run"]["threads"])
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    run = Run(config)
    if args.start_from:
        run.start_from(args.start_from)
    if (args.out / "checkpoint.pt").exists():
        run.load(args.out / "checkpoint.pt")
    batches, check = learning_material(args.data, config)
    train(run, batches, args.out, config["run"]["checkpoint_minutes"], check)


if __name__ == "__main__":
    main()
