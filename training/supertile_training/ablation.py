"""What the consistency loss and the colour matcher are for: python -m supertile_training.ablation --config C --data D --start-from W --out O

Trains every arm of the configuration for a few hundred steps on a truth of
another sensor, then measures on the held-out cities whether the colours are
still Sentinel-2's. Arms that are there already are not trained again.
"""

import argparse
import copy
import json
from pathlib import Path

import torch
import yaml

from .baselines import bicubic, colour_matched
from .batches import Batches
from .checked import checked
from .colour import foreign
from .device import asked
from .evaluate import evaluation_stack, scores
from .metrics import psnr, spectral_angle
from .scenes import held_out, training_groups
from .sensor import REACH, see
from .settings import CLEAR
from .train import Run, train
from .weights import load_weights

VIEWS = 8


def merged(base: dict, override: dict) -> dict:
    """A copy of `base` with the keys of `override` in place, section by section."""
    result = copy.deepcopy(base)
    for key, value in override.items():
        result[key] = merged(result[key], value) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result


def arms_of(path: Path) -> list[tuple[dict, dict]]:
    """(arm, its whole training configuration) of every arm."""
    ablation = yaml.safe_load(path.read_text())
    base = merged(yaml.safe_load((path.parent / ablation["base"]).read_text()), ablation["override"])
    return [(arm, checked(base | {"loss": arm["loss"], "name": arm["name"]})) for arm in ablation["arms"]]


@torch.no_grad()
def colour_scores(image, stack) -> dict:
    """How far the colours of (1,3,2h,2w) are from the anchor's, and how near the image is to both truths.

    bias, consistency, angle: against the anchor through the sensor model.
    psnr: against Sentinel-2's truth. psnrMatched: the same after each band's
    gain and offset, which leaves the sharpness. psnrForeign: against the
    other sensor's truth, without colour matching.
    """
    anchor = stack.views[:, 0]
    inside = (..., slice(REACH, -REACH), slice(REACH, -REACH))
    seen = see(image, anchor.shape[-2:], 0)[inside]
    return {
        "bias": float((seen - anchor[inside]).mean((0, 2, 3)).abs().max()),
        "consistency": scores(image, stack)["consistency"],
        "angle": spectral_angle(seen, anchor[inside]),
        "psnr": psnr(image, stack.truth),
        "psnrMatched": psnr(colour_matched(image, stack.truth), stack.truth),
        "psnrForeign": psnr(image, foreign(stack.truth)),
    }


def mean_scores(make_image, stacks) -> dict:
    """The mean of each score over the stacks."""
    rows = [colour_scores(make_image(s).clamp(min=0), s) for s in stacks]
    return {key: sum(r[key] for r in rows) / len(rows) for key in rows[0]}


def as_markdown(rows) -> str:
    lines = ["| training | bias | consistency RMSE | spectral angle, degrees | PSNR, dB | PSNR, colours matched | PSNR against the other sensor |",
             "|---|---|---|---|---|---|---|"]
    for title, s in rows:
        lines.append(f"| {title} | {s['bias']:.5f} | {s['consistency']:.5f} | {s['angle']:.2f} | {s['psnr']:.2f} "
                     f"| {s['psnrMatched']:.2f} | {s['psnrForeign']:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start-from", type=Path, required=True, help="weights that every arm begins with")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int)
    args = parser.parse_args()
    groups = training_groups(args.data)
    stacks = [evaluation_stack(p, VIEWS, CLEAR, window=256) for p in held_out(args.data)]
    rows = [("none: bicubic of the anchor", mean_scores(bicubic, stacks))]
    for arm, config in arms_of(args.config):
        if args.steps:
            config["run"]["steps"] = args.steps
        torch.set_num_threads(config["run"]["threads"])
        out = args.out / arm["name"]
        weights = out / f"{arm['name']}.safetensors"
        run = Run(config)
        run.start_from(args.start_from)
        if len(rows) == 1:
            rows.append(("none: the weights that every arm begins with",
                         mean_scores(lambda s: asked(run.kept, s.views, s.valid), stacks)))
        if not weights.exists():
            out.mkdir(parents=True, exist_ok=True)
            train(run, Batches(groups, config), out, config["run"]["checkpoint_minutes"])
        load_weights(run.kept, weights)
        with torch.no_grad():
            rows.append((arm["title"], mean_scores(lambda s: asked(run.kept, s.views, s.valid), stacks)))
        print(as_markdown(rows[-1:]).splitlines()[-1], flush=True)
    (args.out / "ablation.json").write_text(json.dumps([{"training": t, **s} for t, s in rows], indent=1) + "\n")
    (args.out / "ablation.md").write_text(as_markdown(rows) + "\n")
    print(as_markdown(rows))


if __name__ == "__main__":
    main()
