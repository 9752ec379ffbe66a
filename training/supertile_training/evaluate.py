"""Evaluate a model on the held-out cities: python -m supertile_training.evaluate --model M --data D

The same seeded stacks every time; bicubic of the anchor is the baseline.
PSNR and SSIM with data range 1.0 on reflectance, all three bands together.
"""

import argparse
import json
from pathlib import Path
from zlib import crc32

import torch

from .architectures import build
from .device import asked
from .metrics import cpsnr, psnr, ssim
from .network import upsample
from .scenes import held_out, matched
from .sensor import REACH, see
from .settings import SETTINGS
from .simulate import MARGIN, Dice, simulate
from .weights import load_weights

SEED = 7
VIEWS = (1, 2, 4, 8, 16)
WINDOW = 512  # fine pixels a side at most


def middle(fine, window: int):
    """The middle of (C,H,W), `window` pixels a side at most, with the simulator's margin: slices of it."""
    size = [min(window, s - 2 * MARGIN) // 2 * 2 + 2 * MARGIN for s in fine.shape[1:]]
    top, left = ((s - n) // 2 for s, n in zip(fine.shape[1:], size))
    return (slice(None), slice(top, top + size[0]), slice(left, left + size[1]))


def anchor_window(place, window: int = WINDOW):
    """The middle of the first date, (C,2h+2m,2w+2m)."""
    return place.dates[0][middle(place.dates[0], window)]


def dice_of(name: str, seed: int = SEED) -> Dice:
    """The random draws of one evaluation stack."""
    return Dice(crc32(f"{seed} {name}".encode()))


def evaluation_stack(place, count: int, setting: dict, window: int = WINDOW, seed: int = SEED):
    """`count` revisits of the middle of a held-out city, first date as the anchor.

    The first views of a larger stack are not those of a smaller one.
    """
    area = middle(place.dates[0], window)
    fine = place.dates[0]
    other = matched(place.dates[1], fine)[area].clamp(min=0) if place.paired else fine[area]
    return simulate(fine[area].unsqueeze(0), other.unsqueeze(0), count, setting,
                    dice_of(f"{place.name} {count}", seed))


@torch.no_grad()
def scores(image, stack) -> dict:
    """PSNR, cPSNR (dB), SSIM, and the error against the anchor at low resolution (reflectance)."""
    anchor = stack.views[:, 0]
    seen = see(image, anchor.shape[-2:], 0)
    inside = (..., slice(REACH, -REACH), slice(REACH, -REACH))
    return {
        "psnr": psnr(image, stack.truth), "cpsnr": cpsnr(image, stack.truth),
        "ssim": float(ssim(image, stack.truth)),
        "consistency": float((seen - anchor)[inside].square().mean().sqrt()),
    }


@torch.no_grad()
def evaluate_place(network, place, counts, setting, window: int = WINDOW) -> list[dict]:
    """One row per number of views: the network's scores, bicubic's, and the PSNR gain in dB."""
    rows = []
    for count in counts:
        stack = evaluation_stack(place, count, setting, window)
        ours = scores(asked(network, stack.views, stack.valid).clamp(min=0), stack)
        base = scores(upsample(stack.views[:, 0]), stack)
        rows.append({"place": place.name, "views": count, "network": ours, "bicubic": base,
                     "gain": ours["psnr"] - base["psnr"]})
    return rows


def mean_rows(rows) -> list[dict]:
    """The mean over places for each number of views."""
    table = []
    for count in sorted({r["views"] for r in rows}):
        chosen = [r for r in rows if r["views"] == count]
        table.append({
            "views": count,
            **{who: {m: round(sum(r[who][m] for r in chosen) / len(chosen), 5) for m in chosen[0][who]}
               for who in ("network", "bicubic")},
            "gain": round(sum(r["gain"] for r in chosen) / len(chosen), 3),
        })
    return table


def evaluate(network, places, setting_names=("clear", "hard"), counts=VIEWS) -> dict:
    result = {"seed": SEED, "dataRange": 1.0, "window": WINDOW, "heldOut": [p.name for p in places], "settings": {}}
    for name in setting_names:
        rows = [row for p in places for row in evaluate_place(network, p, counts, SETTINGS[name])]
        result["settings"][name] = {"mean": mean_rows(rows), "places": rows}
    return result


def as_text(result: dict) -> str:
    lines = []
    for name, part in result["settings"].items():
        lines += [f"{name}: views  PSNR net / bicubic (gain dB)   SSIM net / bicubic   consistency RMSE"]
        for row in part["mean"]:
            n, b = row["network"], row["bicubic"]
            lines.append(f"  {row['views']:>2}  {n['psnr']:.2f} / {b['psnr']:.2f} ({row['gain']:+.2f})   "
                         f"{n['ssim']:.4f} / {b['ssim']:.4f}   {n['consistency']:.5f}")
    return "\n".join(lines)


def load_model(card_path: Path):
    """A network from its model card and the weights beside it."""
    card = json.loads(card_path.read_text())
    network = build(card["architecture"], card["normalisation"], card["hidden"])
    return load_weights(network, card_path.parent / card["weights"]["file"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="model card (.json)")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="where to write the JSON table")
    parser.add_argument("--settings", nargs="+", default=["clear", "hard"], choices=list(SETTINGS))
    parser.add_argument("--views", nargs="+", type=int, default=list(VIEWS))
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    result = evaluate(load_model(args.model), held_out(args.data), args.settings, args.views)
    print(as_text(result))
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
