"""Make the VAE's samples that week 8 ships: ``assignments/week8_metrics/vae_samples.npz``.

Run ``python assignments/week8_samples.py`` (a few seconds on one core), then ``course build week8_metrics``. Week 7's
model with eight codes learns the grey digits that week 8's generators may use, and draws 400 images from the prior.
Another processor may round some pixels to the next grey level, so run it only where new samples are wanted.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

from reference import vae

SAMPLES = Path(__file__).parent / "week8_metrics" / "vae_samples.npz"


def draw() -> np.ndarray:
    """Train, and draw: (400, 64) whole numbers from 0 to 16."""
    torch.set_num_threads(1)
    grey = torch.tensor(load_digits().data[:900] / 16, dtype=torch.float32)
    torch.manual_seed(0)
    model = vae.VAE(64, 128, 8)
    vae.train(model, grey, epochs=100)
    codes = torch.randn(400, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return (16 * torch.sigmoid(model.decode(codes))).round().numpy().astype(np.uint8)


if __name__ == "__main__":
    np.savez_compressed(SAMPLES, images=draw())
    print(f"wrote {SAMPLES}")
