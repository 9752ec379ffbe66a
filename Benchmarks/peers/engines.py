"""The peers, each in a process of its own, so that no engine's threads or settings reach another's."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

STACK, NETWORK, LEAKY, CARN, CARD = "stack.safetensors", "network.onnx", "leaky.onnx", "carn.onnx", "card.json"


@dataclass
class Variant:
    """One way to run an engine; `run` computes `windows` windows and returns (C, H, W) of one of them."""

    name: str
    run: Callable[[], np.ndarray]
    windows: int = 1


def torch_window(folder: Path, threads: int):
    """PyTorch with so many threads, its network and its input."""
    import torch

    from network import load_window, paired

    torch.set_num_threads(threads)
    return torch, load_window(json.loads((folder / CARD).read_text())), paired(load_file(folder / STACK))


def torch_variant(torch, name: str, window, pairs) -> Variant:
    """A PyTorch network on its input, without gradients."""

    def run() -> np.ndarray:
        with torch.inference_mode():
            return window(pairs)[0].contiguous().numpy()

    return Variant(name, run)


def pytorch(folder: Path, threads: int) -> list[Variant]:
    """PyTorch as it comes, in both memory layouts."""
    torch, plain, pairs = torch_window(folder, threads)
    last = torch_window(folder, threads)[1].to(memory_format=torch.channels_last)
    return [
        torch_variant(torch, "channels last", last, pairs.to(memory_format=torch.channels_last)),
        torch_variant(torch, "channels first", plain, pairs),
    ]


def pytorch_compiled(folder: Path, threads: int) -> list[Variant]:
    """torch.compile with constant weights; needs a C++ compiler."""
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    torch, window, pairs = torch_window(folder, threads)
    compiled = torch.compile(window.to(memory_format=torch.channels_last), options={"freezing": True})
    return [torch_variant(torch, "channels last", compiled, pairs.to(memory_format=torch.channels_last))]


def onnx_variant(name: str, path: Path, inputs: np.ndarray, threads: int) -> Variant:
    """A network under ONNX Runtime with every optimisation."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: inputs}
    return Variant(name, lambda: session.run(None, feed)[0][0])


def onnx_runtime(folder: Path, threads: int) -> list[Variant]:
    """ONNX Runtime on the network as exported, and with the activation that it fuses."""
    from network import paired

    pairs = paired(load_file(folder / STACK)).numpy()
    return [onnx_variant("LeakyRelu", folder / LEAKY, pairs, threads),
            onnx_variant("PRelu", folder / NETWORK, pairs, threads)]


def carn(folder: Path, threads: int) -> list[Variant]:
    """The single-image network under ONNX Runtime."""
    import onnxruntime

    from scene import digital_numbers

    session = onnxruntime.InferenceSession(str(folder / CARN), providers=["CPUExecutionProvider"])
    bands = session.get_inputs()[0].shape[1]
    side = json.loads((folder / CARD).read_text())["window"]
    return [onnx_variant(f"{bands} bands", folder / CARN, digital_numbers(bands, side), threads)]


def openvino_model(folder: Path, threads: int, hints: dict):
    """The compiled network in single precision: left to itself OpenVINO takes bfloat16 where the CPU has it."""
    import openvino

    model = openvino.Core().compile_model(
        folder / NETWORK, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, **hints})
    assert model.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32
    return openvino, model


def openvino_latency(folder: Path, threads: int) -> list[Variant]:
    """OpenVINO with all threads on one window."""
    from network import paired

    pairs = paired(load_file(folder / STACK)).numpy()
    _, model = openvino_model(folder, threads, {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1})
    request = model.create_infer_request()
    return [Variant("all threads on one window", lambda: request.infer([pairs])[0][0])]


def openvino_throughput(folder: Path, threads: int) -> list[Variant]:
    """OpenVINO with a stream and a window for every thread."""
    from network import paired

    pairs = paired(load_file(folder / STACK)).numpy()
    openvino, model = openvino_model(folder, threads, {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": threads})
    queue = openvino.AsyncInferQueue(model, threads)

    def run() -> np.ndarray:
        for _ in range(threads):
            queue.start_async([pairs])
        queue.wait_all()
        return queue[0].get_output_tensor().data[0]

    return [Variant("a window a thread", run, threads)]


ENGINES: dict[str, Callable[[Path, int], list[Variant]]] = {
    "PyTorch": pytorch,
    "PyTorch, torch.compile": pytorch_compiled,
    "ONNX Runtime": onnx_runtime,
    "OpenVINO, latency": openvino_latency,
    "OpenVINO, throughput": openvino_throughput,
    "CARN": carn,
}


def seconds_a_window(variant: Variant) -> float:
    """One run by the clock."""
    start = time.perf_counter()
    variant.run()
    return (time.perf_counter() - start) / variant.windows


def fastest(variants: list[Variant]) -> Variant:
    """Warms every variant up; where there are several, the one that then runs fastest."""
    for variant in variants:
        variant.run()
    return min(variants, key=seconds_a_window) if len(variants) > 1 else variants[0]


def serve(name: str, folder: Path, threads: int, link) -> None:
    """The engine's process: says what it runs, then the seconds or the outputs, as asked."""
    try:
        variants = ENGINES[name](folder, threads)
        variant = fastest(variants)
    except Exception as error:  # whatever an engine fails with is told, not hidden
        link.send(f"{type(error).__name__}: {error}")
        return
    link.send(None)
    link.send(variant.name)
    while (wanted := link.recv()) != "end":
        if wanted == "seconds":
            link.send(seconds_a_window(variant))
        else:
            link.send({v.name: np.array(v.run()) for v in variants})


class Engine:
    """A peer in a process of its own, ready to be measured."""

    def __init__(self, name: str, folder: Path, threads: int):
        """Raises RuntimeError where the engine does not start."""
        self.name, self.threads = name, threads
        context = multiprocessing.get_context("spawn")
        self.link, other = context.Pipe()
        self.process = context.Process(target=serve, args=(name, folder, threads, other), daemon=True)
        self.process.start()
        other.close()
        try:
            problem = self.link.recv()
        except EOFError:
            problem = "its process died"
        if problem:
            raise RuntimeError(f"{name}: {problem}")
        self.detail: str = self.link.recv()

    def ask(self, what: str):
        """`seconds` a window of one run, or the `outputs` of every variant by its name."""
        self.link.send(what)
        return self.link.recv()

    def close(self) -> None:
        """Ends the process."""
        self.link.send("end")
        self.process.join()
