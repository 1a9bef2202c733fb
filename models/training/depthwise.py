"""A convolution of each channel by itself, in bfloat16, whose gradient does not cost more than all else.

Two things are slow there on a CPU. What 5x5 kernels learn from takes 50 times as long as the
convolution (in float 10 times), and 3x3 not: so a 5x5 is put together from four 3x3 parts that
overlap in the middle. And the gradient of the input, where every second pixel is left out, takes
30 times as long as in float: so that is done in float.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

SMALL, LARGE = 3, 5


class Depthwise(torch.autograd.Function):
    """``apply(inner, kernels, bias, stride, padding)`` as conv2d with a group for each channel.

    Computed in the type of ``inner`` (N, C, H, W); ``kernels`` (C, 1, K, K) and ``bias`` (C,) keep theirs.
    """

    @staticmethod
    def forward(
        context: Any,
        inner: torch.Tensor,
        kernels: torch.Tensor,
        bias: torch.Tensor,
        stride: int,
        padding: int,
    ) -> torch.Tensor:
        narrow = kernels.to(inner.dtype)
        context.save_for_backward(inner, narrow)
        context.layout = (stride, padding, kernels.dtype)
        return functional.conv2d(inner, narrow, bias.to(inner.dtype), stride, padding, groups=inner.shape[1])

    @staticmethod
    def backward(context: Any, slope: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        inner, kernels = context.saved_tensors
        stride, padding, kind = context.layout
        exact = slope.dtype if stride == 1 else torch.float32
        back = _gradient(
            slope.to(exact), inner.to(exact), kernels.to(exact), stride, padding, of_kernels=False
        ).to(inner.dtype)
        learned = kernel_gradient(slope, inner, kernels.shape[-1], stride, padding)
        return back, learned.to(kind), slope.sum((0, 2, 3), dtype=kind), None, None


def kernel_gradient(
    slope: torch.Tensor, inner: torch.Tensor, size: int, stride: int, padding: int
) -> torch.Tensor:
    """The gradient (C, 1, ``size``, ``size``) of the kernels, from that of the output (N, C, h, w)."""
    if size != LARGE:
        shape = inner.new_empty((inner.shape[1], 1, size, size))
        return _gradient(slope, inner, shape, stride, padding, of_kernels=True)
    found = slope.new_zeros((inner.shape[1], 1, LARGE, LARGE))
    shape = found[:, :, :SMALL, :SMALL].contiguous()
    padded = functional.pad(inner, [padding] * 4)
    high, wide = (stride * (side - 1) + SMALL for side in slope.shape[2:])
    for top in (0, LARGE - SMALL):
        for left in (0, LARGE - SMALL):
            part = padded[:, :, top : top + high, left : left + wide]
            part = part.contiguous(memory_format=torch.channels_last)
            learned = _gradient(slope, part, shape, stride, 0, of_kernels=True)
            found[:, :, top : top + SMALL, left : left + SMALL] = learned
    return found


def _gradient(
    slope: torch.Tensor,
    inner: torch.Tensor,
    kernels: torch.Tensor,
    stride: int,
    padding: int,
    *,
    of_kernels: bool,
) -> torch.Tensor:
    """Of the input, or of the kernels, whose values then do not matter."""
    both = torch.ops.aten.convolution_backward(
        slope, inner, kernels, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0],  # noqa: FBT003
        inner.shape[1], [not of_kernels, of_kernels, False],
    )  # fmt: skip
    return both[1 if of_kernels else 0]
