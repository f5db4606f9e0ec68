"""PyTorch, where it is installed: a tensor as the result, with threads of its own below."""

from __future__ import annotations

import torch

torch.manual_seed(1)
LAYER = torch.nn.Linear(256, 256)


def infer(number: int) -> torch.Tensor:
    """Run a small network on a batch."""
    with torch.inference_mode():
        batch = torch.full((64, 256), float(number))
        for _ in range(20):
            batch = torch.tanh(LAYER(batch))
        return batch
