"""Time of one training step of week 7's VAE, on the CPU and on a GPU where there is one.

Run ``python benchmarks/vae_step.py``. A step is what `reference.vae.train` does with a batch: the ELBO, its
gradients, one step of Adam. Two sizes: the digits (64-128-2, batch 64) and the classic MNIST size (784-400-2,
batch 128). Wall-clock and CPU time, each the median over repeats of many steps; on a GPU the clock waits for the
device. Where other programs keep the cores busy, the CPU time is the one to compare.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time

import torch

from reference import vae

SIZES = {"digits 64-128-2, batch 64": (64, 128, 64), "MNIST 784-400-2, batch 128": (784, 400, 128)}


def step_seconds(device: str, d_in: int, hidden: int, batch: int, steps: int, repeats: int) -> list[float]:
    """Median wall-clock and CPU seconds of one training step."""
    torch.manual_seed(0)
    model = vae.VAE(d_in, hidden, 2).to(device)
    x = (torch.rand(batch, d_in) < 0.3).float().to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)

    def run(count: int) -> None:
        for _ in range(count):
            bound = vae.elbo(model, x, torch.randn(batch, 2).to(device))
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
        if device == "cuda":
            torch.cuda.synchronize()

    run(20)
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter(), time.process_time()
        run(steps)
        ended = time.perf_counter(), time.process_time()
        seconds.append([(end - start) / steps for start, end in zip(started, ended, strict=True)])
    return [statistics.median(values) for values in zip(*seconds, strict=True)]


def main() -> None:
    """Print one line for each device and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="threads of the CPU (1, as in the notebook)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {arguments.threads} thread(s)")
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    if "cuda" not in devices:
        print("there is no GPU here: only the CPU is measured")
    for device in devices:
        name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
        for size, (d_in, hidden, batch) in SIZES.items():
            wall, cpu = step_seconds(device, d_in, hidden, batch, arguments.steps, arguments.repeats)
            print(f"{device:5s} {name:24s} {size:28s} {1e3 * wall:8.3f} ms a step, CPU {1e3 * cpu:7.3f} ms")


if __name__ == "__main__":
    main()
