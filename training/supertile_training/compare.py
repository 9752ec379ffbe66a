"""Supertile beside its baselines: python -m supertile_training.compare --models M --data D --out O

Writes compare.json and compare.md: every method on the held-out cities, the
targets with what was reached, the paper's split, real second dates and real
revisits. `--images` also writes what `supertile evaluate set` reads.
"""

import argparse
import json
from pathlib import Path

import torch

from . import baselines
from .change import change_scores
from .evaluate import VIEWS, evaluation_stack, load_model, scores
from .evaluation_scenes import split_scenes, unseen_scenes
from .evaluation_set import write_set
from .metrics import psnr
from .peers import Carn, SpectralFit, boadella_dates, carn_bands_matter, carn_image
from .real_revisits import boadella_rows, season_rows, second_date_rows
from .scenes import held_out
from .settings import SETTINGS
from .targets import check_targets, targets_markdown

SMOOTHNESS = (0.0003, 0.0006, 0.001, 0.0015, 0.002, 0.003)
TITLES = {"bicubic": "Bicubic", "colour_matched": "Bicubic, colours matched", "registered_mean": "Registered mean",
          "least_squares": "Least squares", "carn": "CARN", "srresnet": "SRResNet", "highresnet": "HighRes-net"}


@torch.no_grad()
def classical_images(stack) -> dict:
    """What the baselines make of a stack; least squares for every smoothness, to choose from."""
    plain = baselines.bicubic(stack)
    return {"bicubic": plain, "colour_matched": baselines.colour_matched(plain, stack.truth),
            "registered_mean": baselines.registered_mean(stack),
            **{f"least_squares {s}": baselines.least_squares(stack, s) for s in SMOOTHNESS}}


@torch.no_grad()
def network_image(network, stack):
    return network(stack.views, stack.valid).clamp(min=0)


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def with_best_least_squares(images: list[dict], scenes) -> tuple[list[dict], float]:
    """The smoothness with the highest mean PSNR over all scenes: the baseline is told it."""
    best = max(SMOOTHNESS, key=lambda s: mean(psnr(i[f"least_squares {s}"], c.stack.truth) for i, c in zip(images, scenes)))
    kept = [{k: v for k, v in i.items() if not k.startswith("least_squares")} | {"least_squares": i[f"least_squares {best}"]}
            for i in images]
    return kept, best


def method_rows(images: list[dict], scenes) -> list[dict]:
    """Per method: PSNR, cPSNR, SSIM and consistency, means over the scenes and scene by scene."""
    rows = []
    for method in images[0]:
        each = [scores(i[method], c.stack) | {"place": c.name} for i, c in zip(images, scenes)]
        rows.append({"method": method, **{m: mean(e[m] for e in each) for m in ("psnr", "cpsnr", "ssim", "consistency")},
                     "scenes": each})
    return rows


def views_rows(network, places, counts=VIEWS) -> list[dict]:
    """The gain over bicubic for each number of views."""
    rows = []
    for count in counts:
        stacks = [evaluation_stack(p, count, SETTINGS["clear"]) for p in places]
        gains = [psnr(network_image(network, s), s.truth) - psnr(baselines.bicubic(s), s.truth) for s in stacks]
        rows.append({"views": count, "gain": mean(gains)})
    return rows


def setting_gain(network, places, name: str, count: int = 8) -> float:
    stacks = [evaluation_stack(p, count, SETTINGS[name]) for p in places]
    return mean(psnr(network_image(network, s), s.truth) - psnr(baselines.bicubic(s), s.truth) for s in stacks)


def split_tables(models: Path, data: Path) -> tuple[list[dict], list, list[dict]]:
    """The paper's tables 1 and 2: subsets by methods, of the weights that saw the train parts of the first period."""
    networks = {"srresnet": load_model(models / "comparison" / "srresnet-rgb-x2-split.json"),
                "highresnet": load_model(models / "comparison" / "highresnet-rgb-x2-split.json")}
    chosen = split_scenes(data, 8, SETTINGS["clear"])
    images = [{"bicubic": baselines.bicubic(c.stack), **{k: network_image(n, c.stack) for k, n in networks.items()}}
              for c in chosen]
    rows = []
    for subset in dict.fromkeys(c.subset for c in chosen):
        pairs = [(i, c) for i, c in zip(images, chosen) if c.subset == subset]
        rows.append({"subset": subset, "scenes": len(pairs),
                     **{m: {k: mean(scores(i[m], c.stack)[k] for i, c in pairs) for k in ("psnr", "ssim")} for m in images[0]}})
    return rows, chosen, images


def paper_table(rows, methods=("bicubic", "srresnet", "highresnet")) -> str:
    """In the shape of the paper's tables 1 and 2."""
    lines = ["| subset | " + " | ".join(f"{TITLES[m]} PSNR | SSIM" for m in methods) + " |", "|---" * (1 + 2 * len(methods)) + "|"]
    for row in rows:
        best = {k: max(row[m][k] for m in methods) for k in ("psnr", "ssim")}
        cell = lambda m, k, digits: f"**{row[m][k]:.{digits}f}**" if row[m][k] == best[k] else f"{row[m][k]:.{digits}f}"
        lines.append(f"| {row['subset']} ({row['scenes']}) | " + " | ".join(f"{cell(m, 'psnr', 2)} | {cell(m, 'ssim', 4)}" for m in methods) + " |")
    return "\n".join(lines)


def method_table(rows) -> str:
    base = next(r for r in rows if r["method"] == "bicubic")
    lines = ["| method | PSNR, dB | over bicubic | cPSNR, dB | SSIM | consistency RMSE |", "|---|---|---|---|---|---|"]
    lines += [f"| {TITLES[r['method']]} | {r['psnr']:.2f} | {r['psnr'] - base['psnr']:+.2f} | {r['cpsnr']:.2f} | {r['ssim']:.4f} "
              f"| {r['consistency']:.5f} |" for r in rows]
    return "\n".join(lines)


def rows_table(rows) -> str:
    """A list of flat rows as a table under its own keys."""
    show = lambda v: f"{v:.4f}" if isinstance(v, float) and abs(v) < 2 else f"{v:.2f}" if isinstance(v, float) else str(v)
    keys = list(rows[0])
    return "\n".join(["| " + " | ".join(keys) + " |", "|---" * len(keys) + "|"] + ["| " + " | ".join(show(r[k]) for k in keys) + " |" for r in rows])


@torch.no_grad()
def compare(models: Path, data: Path, peer: Path | None, out: Path, with_images: bool) -> dict:
    network, single = load_model(models / "highresnet-rgb-x2.json"), load_model(models / "comparison" / "srresnet-rgb-x2.json")
    places = held_out(data)
    scenes = unseen_scenes(data, 8, SETTINGS["clear"])
    images, smoothness = with_best_least_squares([classical_images(c.stack) for c in scenes], scenes)
    peers = {}
    if peer:
        carn, fit = Carn(peer), SpectralFit(boadella_dates(data))
        peers = carn_bands_matter(carn, fit, data)
        for image, c in zip(images, scenes):
            image["carn"] = carn_image(carn, fit, data, c)
    for image, c in zip(images, scenes):
        image["srresnet"] = network_image(single, c.stack)
        image["highresnet"] = network_image(network, c.stack)
    split_rows, split_chosen, split_images = split_tables(models, data)
    result = {
        "methods": method_rows(images, scenes), "leastSquaresSmoothness": smoothness, "carnBands": peers,
        "views": views_rows(network, places),
        "settings": {name: setting_gain(network, places, name) for name in ("clear", "half", "still", "clouds", "hard")},
        "change": [change_scores(network, p) for p in places],
        "split": split_rows,
        "secondDates": second_date_rows(network, places),
        "boadella": boadella_rows(network, data),
        "season": season_rows(network, data),
    }
    result["targets"] = check_targets(result)
    out.mkdir(parents=True, exist_ok=True)
    (out / "compare.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / "compare.md").write_text(report(result))
    if with_images:
        write_set(out, TITLES, list(zip(scenes, images)) + list(zip(split_chosen, split_images)))
    return result


def report(result: dict) -> str:
    parts = [
        ("Targets", targets_markdown(result["targets"])),
        (f"Held-out cities, 8 views (least squares: smoothness {result['leastSquaresSmoothness']}, told the shifts)",
         method_table(result["methods"])),
        ("Number of views", rows_table(result["views"])),
        ("Settings at 8 views: gain over bicubic, dB", rows_table([result["settings"]])),
        ("Ground that changed", rows_table(result["change"])),
        ("The paper's split (tables 1 and 2): weights that have learnt from the train parts of the first period, scenes in brackets", paper_table(result["split"])),
        ("Real second dates of the held-out cities", rows_table(result["secondDates"])),
        ("Real revisits (Boadella; the network has learnt from this place, not from these stacks)", rows_table(result["boadella"])),
        ("Real revisits of one season (Boadella)", rows_table(result["season"])),
    ]
    if result["carnBands"]:
        parts.append(("CARN on Boadella with its ten real bands, and with six of them estimated", rows_table([result["carnBands"]])))
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("../models"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peer", type=Path, help="the CARN network (.onnx); left out without it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--images", action="store_true", help="write the images and set.json for `supertile evaluate set`")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    compare(args.models, args.data, args.peer, args.out, args.images)
    print((args.out / "compare.md").read_text())


if __name__ == "__main__":
    main()
