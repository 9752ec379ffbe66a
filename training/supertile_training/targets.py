"""The targets that the weights are held to, each with what was reached."""


def check_targets(result: dict) -> list[dict]:
    """result (compare.compare) -> rows {what, target, reached, kept}."""
    methods = {r["method"]: r for r in result["methods"]}
    ours, gains = methods["highresnet"], {r["views"]: r["gain"] for r in result["views"]}
    settings = result["settings"]
    rows = []

    def at_least(what, value, limit, unit="dB"):
        rows.append({"what": what, "target": f"at least {limit:+g} {unit}", "reached": f"{value:+.2f} {unit}", "kept": value >= limit})

    def at_most(what, value, limit, unit="dB"):
        rows.append({"what": what, "target": f"at most {limit:g} {unit}".strip(), "reached": f"{value:.2f} {unit}".strip(), "kept": value <= limit})

    over = lambda name: ours["psnr"] - methods[name]["psnr"]
    at_least("over bicubic of the anchor, 8 views", over("bicubic"), 4.8)
    worst = min(a["ssim"] - b["ssim"] for a, b in zip(ours["scenes"], methods["bicubic"]["scenes"]))
    rows.append({"what": "SSIM over bicubic, worst scene", "target": "above 0", "reached": f"{worst:+.4f}", "kept": worst > 0})
    if "carn" in methods:
        at_least("over CARN", over("carn"), 3.0)
    at_least("over SRResNet", over("srresnet"), 2.0)
    at_least("over least squares told the shifts, best smoothness", over("least_squares"), 0.0)
    ordered = [gains[k] for k in sorted(gains)]
    step = min(b - a for a, b in zip(ordered, ordered[1:]))
    at_least("each doubling of the views, the least", step, 0.0)
    at_least("1 view against SRResNet", gains[1] - (methods["srresnet"]["psnr"] - methods["bicubic"]["psnr"]), -0.2)
    at_most("lost with a third of the views clouded", settings["clear"] - settings["clouds"], 0.5)
    at_most("lost with shifts up to 1 px against shifts up to 0.5 px", settings["half"] - settings["clear"], 0.3)
    ratios = [r["ratio"] for r in result["change"]]
    at_most("error where the ground changed, against the anchor alone: mean of the cities", sum(ratios) / len(ratios), 1.2, "times")
    return rows


def targets_markdown(rows) -> str:
    return "\n".join(["| | target | reached | |", "|---|---|---|---|"]
                     + [f"| {r['what']} | {r['target']} | {r['reached']} | {'yes' if r['kept'] else 'no'} |" for r in rows])
