"""Where networks run and learn: on a GPU where there is one, else on the processor."""

import time
from dataclasses import fields, replace

import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# Without bfloat16 arithmetic in the processor, or the GPU, it is emulated, several times slower than float32.
FAST_BFLOAT16 = torch.cuda.is_bf16_supported(including_emulation=False) if DEVICE.type == "cuda" else torch.cpu._is_avx512_bf16_supported()


def bfloat16(wanted: bool = True):
    """A context in which convolutions are computed in bfloat16, where that is wanted and the machine is fast at it."""
    return torch.autocast(DEVICE.type, torch.bfloat16, enabled=FAST_BFLOAT16 and bool(wanted))


def busy_seconds() -> float:
    """The clock of the budget. On the processor its time in this process, shared by its threads, which waiting for others
    does not move; on a GPU the time of day, since there the processor waits."""
    if DEVICE.type == "cuda":
        return time.monotonic()
    return time.process_time() / torch.get_num_threads()


def hardware() -> str:
    """What the model card says of the machine."""
    if DEVICE.type == "cuda":
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} CPU threads"


def home(network) -> torch.device:
    """Where a network's weights lie; a function that has none is at home on the processor."""
    weights = network.parameters() if isinstance(network, torch.nn.Module) else ()
    return next((w.device for w in weights), torch.device("cpu"))


def moved_to(batch, device: torch.device):
    """A dataclass of tensors (or None) on a device."""
    there = {f.name: getattr(batch, f.name) for f in fields(batch)}
    return replace(batch, **{name: value.to(device) for name, value in there.items() if value is not None})


def asked(network, *inputs: torch.Tensor) -> torch.Tensor:
    """What a network says to inputs from anywhere, in the processor's memory."""
    device = home(network)
    return network(*(x.to(device) for x in inputs)).cpu()
