"""Learning rate and weight averaging."""

import math

import torch


def learning_rate(step: int, progress: float, config: dict) -> float:
    """Linear warm-up by steps, then a cosine over `progress` (0..1 of the run's budget)."""
    warm = min(1.0, (step + 1) / config["warm_up_steps"])
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return warm * (config["final_rate"] + (config["rate"] - config["final_rate"]) * cosine)


@torch.no_grad()
def average_evenly(kept: torch.nn.Module, now: torch.nn.Module, count: int):
    """The mean of the weights of so many steps, `now` the last of them (Cha et al. 2021: flat minima suit new places
    better). Batch normalisation needs its statistics measured afterwards (measured_statistics)."""
    for a, b in zip(kept.parameters(), now.parameters()):
        a.lerp_(b, 1 / count)


@torch.no_grad()
def measured_statistics(network: torch.nn.Module, inputs):
    """Statistics of batch normalisation from these inputs alone, each batch counted alike. Ends in the mode for use."""
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    momenta = [m.momentum for m in norms]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    network.train()
    for x in inputs:
        network(x)
    network.eval()
    for m, momentum in zip(norms, momenta):
        m.momentum = momentum


@torch.no_grad()
def average(kept: torch.nn.Module, now: torch.nn.Module, step: int, decay: float):
    """Exponential moving average of the weights, shorter at the start."""
    decay = min(decay, (1 + step) / (10 + step))
    for a, b in zip(kept.parameters(), now.parameters()):
        a.lerp_(b, 1 - decay)
    for a, b in zip(kept.buffers(), now.buffers()):  # statistics of batch normalisation are averages already
        a.copy_(b)
