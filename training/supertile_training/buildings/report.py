"""The tables of models/BUILDINGS.md from results.json: python -m supertile_training.buildings.report --results F --out ../models/BUILDINGS.md

What stands outside the marked tables is written by hand and kept.
"""

import argparse
import json
from pathlib import Path

from .inputs import INPUTS
from .places import HELD_OUT

TITLES = {"bicubic": "best revisit, bicubic", "sisr": "best revisit, SRResNet", "concat4": "best 4 revisits, bicubic, concatenated",
          "misr": "all revisits, HighRes-net", "planet": "PlanetScope"}
# Razzak et al. 2021, Tables 3 and 4 (test), within scenes.
PAPER = {"bicubic": (0.60, 0.24, 0.56, 0.33), "sisr": (0.56, 0.21, 0.56, 0.30), "concat4": (0.62, 0.28, 0.57, 0.37),
         "misr": (0.60, 0.26, 0.57, 0.36), "planet": (0.69, 0.41, 0.68, 0.51)}
SPLITS = {"within": "Within scenes", "places": "Places never trained on"}


def mark(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written by report -->", f"<!-- end of {name} -->"


def scores_row(part: dict) -> str:
    iou, b = part["iou"], part["buildings"]
    return (f"{iou['mean']:.3f} | {iou['building']:.3f} | {iou['background']:.3f} | {b['precision']:.2f} | {b['recall']:.2f} "
            f"| {b['f1']:.3f} | {b['f1PerImage']:.3f}")


def inputs_table(rows: list[dict], split: str, part: str = "test") -> str:
    """part: test, or chosenBy: what chose threshold and rule."""
    head = "| input | mean IoU | building | background | precision | recall | F1 | F1 per image | paper: mean IoU | paper: P / R / F1 |"
    lines = [head, "|---" * 10 + "|"]
    made = {r["input"]: r for r in rows if r["split"] == split}
    for kind in (k for k in INPUTS if k in made):
        iou, *instance = PAPER[kind]
        lines.append(f"| {TITLES[kind]} | {scores_row(made[kind][part])} | {iou:.2f} | {' / '.join(f'{v:.2f}' for v in instance)} |")
    return "\n".join(lines)


def targets_table(rows: list[dict]) -> str:
    """The targets, and what the runs reached."""
    made = {(r["split"], r["input"]): r["test"] for r in rows}
    f1, iou = (lambda t: t["buildings"]["f1"]), (lambda t: t["iou"]["mean"])
    lines = ["| | target | reached | short by |", "|---|---|---|---|"]

    def line(what, target, value):
        lines.append(f"| {what} | {target:.2f} | {value:.3f} | {'-' if value >= target else f'{target - value:.3f}'} |")

    for split, misr_iou, planet_iou, misr_f1 in (("within", 0.62, 0.68, 0.36), ("places", 0.59, 0.63, 0.25)):
        name = SPLITS[split]
        if (split, "misr") in made:
            line(f"{name}: mean IoU, super-resolved", misr_iou, iou(made[split, "misr"]))
            line(f"{name}: F1, super-resolved", misr_f1, f1(made[split, "misr"]))
        if (split, "planet") in made:
            line(f"{name}: mean IoU, PlanetScope", planet_iou, iou(made[split, "planet"]))
        if {(split, "misr"), (split, "bicubic")} <= set(made):
            a, b = made[split, "misr"], made[split, "bicubic"]
            for what, gain in (("mean IoU", iou(a) - iou(b)), ("F1", f1(a) - f1(b))):
                lines.append(f"| {name}: {what}, super-resolved against bicubic | above 0 | {gain:+.3f} | {'-' if gain > 0 else f'{-gain:.3f}'} |")
    return "\n".join(lines)


def places_table(rows: list[dict]) -> str:
    """Each held-out image, for every input."""
    made = {f"{TITLES[r['input']]}": r["images"] for k in INPUTS for r in rows if r["split"] == "places" and r["input"] == k}
    lines = ["| input | image | mean IoU | building | background | precision | recall | F1 |", "|---" * 8 + "|"]
    for title, images in made.items():
        for name in sorted(images):
            assert name.split("_")[0] in HELD_OUT
            lines.append(f"| {title} | {name} | {scores_row(images[name]).rsplit(' | ', 1)[0]} |")
    return "\n".join(lines)


def rewritten(text: str, name: str, table: str) -> str:
    start, end = mark(name)
    head, rest = text.split(start)
    return f"{head}{start}\n{table}\n{end}{rest.split(end)[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="results.json of buildings.table")
    parser.add_argument("--out", type=Path, default=Path("../models/BUILDINGS.md"))
    args = parser.parse_args()
    rows = json.loads(args.results.read_text())
    text = args.out.read_text()
    for name, table in (("targets", targets_table(rows)), ("within", inputs_table(rows, "within")),
                        ("places", inputs_table(rows, "places")),
                        ("left out", inputs_table(rows, "places", "chosenBy")), ("images", places_table(rows))):
        text = rewritten(text, name, table)
    args.out.write_text(text)


if __name__ == "__main__":
    main()
