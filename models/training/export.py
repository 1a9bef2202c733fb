"""From a trained network to the int8 ONNX file that is shipped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.training.network import WasteNetwork


class CalibrationPhotos(CalibrationDataReader):
    """Prepared photos, uint8 (N, S, S, 3), one at a time, for the ranges of the activations."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._batches: Iterator[np.ndarray] = iter(pixels[:, None])

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"pixels": np.ascontiguousarray(batch)}


def export_float(network: WasteNetwork, path: Path, side: int) -> None:
    """Writes the float ONNX: uint8 ``pixels`` (1, side, side, 3) -> ``logits``, ``features``."""
    network.eval()
    torch.onnx.export(
        network,
        (torch.zeros(1, side, side, 3, dtype=torch.uint8),),
        str(path),
        input_names=["pixels"],
        output_names=["logits", "features"],
        opset_version=17,
        dynamo=False,
    )


def quantise(float_path: Path, int8_path: Path, pixels: np.ndarray) -> None:
    """Static int8 of the convolutions, ranges from ``pixels`` (uint8 (N, S, S, 3)).

    Weights have 7 bits and one scale a channel: on x86 without VNNI the 8-bit product of two
    neighbours saturates at 16 bits, and the same file must say the same on every bin.
    The head stays float: it is tiny, and its logits are what thresholds are set on.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(float_path), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(int8_path),
            CalibrationPhotos(pixels),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Clip"],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            calibrate_method=CalibrationMethod.MinMax,
        )
    onnx.checker.check_model(str(int8_path))
