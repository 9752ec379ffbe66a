"""What the numbers were measured on."""

import datetime
import importlib.metadata
import os
import platform
import re
from pathlib import Path

FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16")
PACKAGES = ("torch", "onnxruntime", "openvino", "onnx", "numpy")


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def cpu_field(name: str) -> str:
    """A field of the first processor."""
    found = re.search(rf"^{name}\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def memory() -> str:
    """All memory, in GiB."""
    kilobytes = int(re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE).group(1))
    return f"{kilobytes / 2**20:.0f} GiB"


def describe() -> dict[str, str]:
    """The machine, the system and the peers' versions."""
    flags = cpu_field("flags").split()
    family, model, stepping = (cpu_field(name) for name in ("cpu family", "model", "stepping"))
    return {
        "Date": datetime.date.today().isoformat(),
        "CPU": f"{cpu_field('model name')} (family {family}, model {model}, stepping {stepping})",
        "Cores": str(cores()),
        "Memory": memory(),
        "Vector flags": ", ".join(f for f in FLAGS if f in flags),
        "Kernel": platform.release(),
        "Peers": ", ".join(f"{p} {importlib.metadata.version(p)}" for p in PACKAGES)
        + f", Python {platform.python_version()}",
        "Load average before": f"{os.getloadavg()[0]:.2f}",
    }
