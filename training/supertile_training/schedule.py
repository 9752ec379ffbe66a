"""Learning rate and weight averaging."""

import math

import torch


def learning_rate(step: int, progress: float, config: dict) -> float:
    """Linear warm-up by steps, then a cosine over `progress` (0..1 of the run's budget)."""
    warm = min(1.0, (step + 1) / config["warm_up_steps"])
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return warm * (config["final_rate"] + (config["rate"] - config["final_rate"]) * cosine)


@torch.no_grad()
def average(kept: torch.nn.Module, now: torch.nn.Module, step: int, decay: float):
    """Exponential moving average of the weights, shorter at the start."""
    decay = min(decay, (1 + step) / (10 + step))
    for a, b in zip(kept.parameters(), now.parameters()):
        a.lerp_(b, 1 - decay)
    for a, b in zip(kept.buffers(), now.buffers()):  # statistics of batch normalisation are averages already
        a.copy_(b)
