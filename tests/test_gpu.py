"""Week 7 on a GPU, where there is one."""

from __future__ import annotations

import shutil

import pytest
import torch

from reference import vae


def no_gpu() -> str:
    """Why nothing can be tried on a GPU here; empty where it can."""
    if shutil.which("nvidia-smi") is None:
        return "no GPU is at hand: there is no nvidia-smi"
    if not torch.backends.cuda.is_built():
        return f"this PyTorch ({torch.__version__}) is built for CPUs: see docs/gpu.md"
    if not torch.cuda.is_available():
        return "no GPU is at hand: CUDA finds none"
    return ""


@pytest.mark.skipif(bool(no_gpu()), reason=no_gpu() or "there is one")
def test_week_7_trains_on_the_gpu_and_comes_to_what_a_cpu_comes_to(monkeypatch):
    X = vae.digits()[0]

    def trained() -> tuple[list[float], torch.nn.Module]:
        torch.manual_seed(0)
        model = vae.VAE(64, 128, 2)
        return vae.train(model, X, epochs=10), model

    torch.cuda.reset_peak_memory_stats()
    on_gpu, model = trained()
    assert torch.cuda.max_memory_allocated() >= X.numel() * X.element_size()
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    on_cpu, _ = trained()
    # Sums in another order, amplified by the training.
    assert on_gpu[-1] == pytest.approx(on_cpu[-1], rel=0.05)
    assert on_gpu[-1] > on_gpu[0]
