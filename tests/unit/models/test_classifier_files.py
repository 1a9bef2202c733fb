import json
import re
import shutil

import numpy as np
import pytest

from models.classifier import ARTIFACTS, WasteClassifier
from models.sums import FILES, SUMS, write_sums


def test_a_folder_without_a_model_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match=r"waste\.onnx"):
        WasteClassifier.load(tmp_path)


def changed(name: str, **values: object):
    def change(folder):
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return change


def cut(name: str, share: float):
    def change(folder):
        path = folder / name
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    return change


def strange_centres(folder):
    with np.load(folder / "familiarity.npz") as stored:
        parts = dict(stored)
    parts["centres"][0, 0] = np.nan
    np.savez(folder / "familiarity.npz", **parts)


def of_other_features(folder):
    with np.load(folder / "familiarity.npz") as stored:
        parts = dict(stored)
    parts["directions"] = parts["directions"][:640]
    np.savez(folder / "familiarity.npz", **parts)


def of_no_axes(folder):
    with np.load(folder / "familiarity.npz") as stored:
        parts = {name: part[..., :0] for name, part in stored.items()}
    np.savez(folder / "familiarity.npz", **parts)


def fewer_items(folder):
    labels = json.loads((folder / "labels.json").read_text())
    labels["items"].pop("textile")
    (folder / "labels.json").write_text(json.dumps(labels))


def not_a_number(folder):
    """One of the head's weights, which are the longest run of small floats."""
    network = bytearray((folder / "waste.onnx").read_bytes())
    runs = []
    for offset in range(4):
        floats = np.frombuffer(network[offset : len(network) - (len(network) - offset) % 4], "<f4")
        small = (np.abs(floats) > 1e-9) & (np.abs(floats) < 2)
        ends = np.flatnonzero(np.diff(np.concatenate([[False], small, [False]]).astype(int)))
        lengths = ends[1::2] - ends[::2]
        runs.append((int(lengths.max()), offset + 4 * int(ends[::2][lengths.argmax()])))
    length, start = max(runs)
    place = start + 4 * (length // 2)
    network[place : place + 4] = np.float32(np.nan).tobytes()
    (folder / "waste.onnx").write_bytes(network)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, cut(name, share)) for share in (0.0, 0.5)
          for name in FILES),
        *(("decision.json", changed("decision.json", **values))
          for values in ({"temperature": float("nan")}, {"temperature": 0}, {"temperature": -1},
                         {"sure_from": 88.3}, {"unfamiliar_from": float("nan")}, {"dark_below": None},
                         {"sure_from": "hi"})),
        ("familiarity.npz", strange_centres),
        ("familiarity.npz", of_no_axes),
        ("waste.onnx", of_other_features),
        ("waste.onnx", fewer_items),
        ("waste.onnx", not_a_number),
        ("waste.onnx", changed("labels.json", side=225)),
        ("labels.json", changed("labels.json", refusals=["bag", "mood"])),
        ("labels.json", changed("labels.json", items=["battery"])),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_and_nothing_is_said_by_it(tmp_path, name, damage):
    shutil.copytree(ARTIFACTS, tmp_path, dirs_exist_ok=True)
    (tmp_path / SUMS).unlink(missing_ok=True)
    damage(tmp_path)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / name}: ")):
        WasteClassifier.load(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_one_bit_changed_or_of_another_model_is_named(tmp_path, name):
    shutil.copytree(ARTIFACTS, tmp_path, dirs_exist_ok=True)
    write_sums(tmp_path)
    WasteClassifier.load(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / name}: damaged, or of another model")):
        WasteClassifier.load(tmp_path)
