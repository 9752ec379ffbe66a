"""Publish a run's averaged weights: python -m supertile_training.export --run O --data D --models ../models

Writes the weights, the model card with the evaluation on the held-out
cities, the table in README.md and the golden tensors. Of a configuration
that says `for_comparison` the weights and the card alone.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
import yaml

from .card import metric_tables, model_card, training_facts
from .evaluate import as_text, evaluate, load_model
from .golden import write_golden
from .scenes import held_out

TABLE_START, TABLE_END = "<!-- table: written by export -->", "<!-- end of table -->"


def markdown_table(metrics: dict) -> str:
    """The card's metrics for people."""
    titles = {"clear": "Clear sky, shifts up to one low-resolution pixel, noise 0.0015",
              "hard": "Clouds with imperfect masks, haze, and real change (second date) in half of the views"}
    lines = []
    for name, title in titles.items():
        if name not in metrics:
            continue
        lines += [f"{title}:", "", "| views | PSNR, dB | bicubic, dB | gain, dB | SSIM | bicubic | consistency RMSE | bicubic |",
                  "|---|---|---|---|---|---|---|---|"]
        for row in metrics[name]:
            n, b = row["network"], row["bicubic"]
            lines.append(f"| {row['views']} | {n['psnr']:.2f} | {b['psnr']:.2f} | {row['gain']:+.2f} | {n['ssim']:.4f} "
                         f"| {b['ssim']:.4f} | {n['consistency']:.5f} | {b['consistency']:.5f} |")
        lines.append("")
    return "\n".join(lines)


def rewrite_table(readme: Path, name: str, metrics: dict):
    """The table in the section of the network that has one; those of others are in their cards."""
    text = readme.read_text()
    head, _, rest = text.partition(TABLE_START)
    if not rest or not head.rpartition("\n## ")[2].startswith(f"{name}\n"):
        return print(f"{readme} has no table of {name}: it stands in the card")
    readme.write_text(f"{head}{TABLE_START}\n{markdown_table(metrics)}\n{TABLE_END}{rest.split(TABLE_END)[1]}")


def gain_at(card: dict, views: int = 8) -> float:
    rows = card.get("metrics", {}).get("clear", [])
    return next((r["gain"] for r in rows if r["views"] == views), float("-inf"))


def export(run: Path, data: Path, models: Path, only_if_better: bool, before: Path | None = None):
    config = yaml.safe_load((run / "config.yaml").read_text())
    name = config["name"]
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / f"{name}.safetensors"
        shutil.copy(run / weights.name, weights)
        card_path = Path(folder) / f"{name}.json"
        card = model_card(config, weights, training_facts(run, config, before), None)
        card_path.write_text(json.dumps(card, indent=2) + "\n")
        if not config.get("for_comparison"):
            result = evaluate(load_model(card_path), held_out(data))
            card["metrics"] = metric_tables(result)
            card_path.write_text(json.dumps(card, indent=2) + "\n")
            print(as_text(result))
        published = models / card_path.name
        if only_if_better and published.exists() and gain_at(card) <= gain_at(json.loads(published.read_text())):
            print("not better than the published weights at 8 views; nothing written")
            return
        models.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(weights, models / weights.name)  # with a mode of its own: others may read it
        shutil.copy(card_path, published)
    if config.get("for_comparison"):
        return
    (models / "golden").mkdir(exist_ok=True)
    write_golden(models / f"{name}.json", models / "golden" / f"{name}.safetensors")
    if (models / "README.md").exists():
        rewrite_table(models / "README.md", name, card["metrics"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of a training run")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("../models"))
    parser.add_argument("--before", type=Path, help="card of the weights that the run started from")
    parser.add_argument("--only-if-better", action="store_true", help="keep the published weights unless these score higher")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    try:
        export(args.run, args.data, args.models, args.only_if_better, args.before)
    except ValueError as problem:
        parser.exit(1, f"{problem}\n")


if __name__ == "__main__":
    main()
