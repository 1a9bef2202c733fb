import hashlib
import json

import pytest

from models.classifier import ARTIFACTS
from models.decision import Decision
from models.labels import KINDS, REFUSALS, Labels
from models.training import card

LARGEST = 5_000_000


@pytest.fixture(scope="module")
def metrics():
    return json.loads((ARTIFACTS / "metrics.json").read_text())


def test_the_model_fits_a_bin():
    assert (ARTIFACTS / "waste.onnx").stat().st_size <= LARGEST


def test_the_figures_are_those_of_the_shipped_model(metrics):
    network = (ARTIFACTS / "waste.onnx").read_bytes()
    assert metrics["model_sha256"] == hashlib.sha256(network).hexdigest()
    assert metrics["model_bytes"] == len(network)
    assert metrics["splits"] == ["val"]


def test_card_and_made_figures_are_those_of_the_shipped_model(metrics):
    made = json.loads((ARTIFACTS / "made.json").read_text())
    assert made["model_sha256"] == metrics["model_sha256"]
    assert metrics["model_sha256"] in (ARTIFACTS.parent / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_card_is_what_its_template_and_files_say():
    assert (ARTIFACTS.parent / card.CARD).read_text(encoding="utf-8") == card.text(ARTIFACTS)


@pytest.mark.parametrize("name", ["metrics.json", "loso.json"])
def test_counts_of_kinds_are_whole(name):
    path = ARTIFACTS / name
    counts = json.loads(path.read_text())["kind_confusion"]
    assert list(counts) == list(KINDS)
    for row in counts.values():
        assert list(row) == list(KINDS)
        assert all(isinstance(count, int) for count in row.values())
        assert sum(row.values()) > 0


def test_accuracy_follows_from_the_counts(metrics):
    counts = metrics["kind_confusion"]
    assert metrics["kind_accuracy"]["hits"] == sum(counts[kind][kind] for kind in KINDS)
    assert metrics["kind_accuracy"]["of"] == sum(sum(row.values()) for row in counts.values())


def test_every_item_has_one_of_the_four_kinds():
    labels = Labels.read(ARTIFACTS / "labels.json")
    assert len(labels.items) == 14
    assert set(labels.kinds) == set(KINDS)


def test_thresholds_survive_a_round_trip(tmp_path):
    decision = Decision.read(ARTIFACTS / "decision.json")
    decision.write(tmp_path / "decision.json")
    assert Decision.read(tmp_path / "decision.json") == decision
    assert 0.25 <= decision.sure_from < 1


def test_labels_refuse_what_is_no_kind():
    with pytest.raises(ValueError, match="unknown kinds"):
        Labels(("plastic",), ("plastics",), 224, REFUSALS)
    with pytest.raises(ValueError, match="one kind"):
        Labels(("plastic", "plastic"), ("recyclable", "recyclable"), 224, REFUSALS)
