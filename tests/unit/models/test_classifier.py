import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from PIL import Image

from models.classifier import ARTIFACTS, REASONS, Classification, Scores, WasteClassifier, allowed_threads
from models.labels import KINDS
from models.lens import View
from tests.unit.models.drawn import encoded, picture

CLEAR = View(brightest=240.0, contrast=200.0, sharpness=0.9)


@pytest.fixture(scope="module")
def classifier():
    return WasteClassifier.load()


def scores(classifier, item: str, strength: float = 20.0) -> Scores:
    labels = classifier.labels
    logits = np.zeros(len(labels.items) + len(labels.refusals))
    logits[(*labels.items, *labels.refusals).index(item)] = strength
    return Scores(logits, np.zeros(1280))


def decide(classifier, scores: Scores, view: View) -> Classification:
    """Where nothing is unfamiliar: features here are made up."""
    quiet = WasteClassifier.__new__(WasteClassifier)
    quiet.__dict__ = classifier.__dict__ | {"decision": replace(classifier.decision, unfamiliar_from=1e9)}
    return quiet.decide(scores, view)


def decided(classifier, item: str, view: View = CLEAR, strength: float = 20.0) -> Classification:
    return decide(classifier, scores(classifier, item, strength), view)


def kind_of(classifier, item: str) -> str:
    return classifier.labels.kinds[classifier.labels.items.index(item)]


def test_an_answer_has_all_kinds_and_items_summing_to_one(classifier):
    said = classifier.classify(encoded(picture()))
    assert tuple(said.kind_probabilities) == KINDS
    assert tuple(said.item_probabilities) == classifier.labels.items
    assert sum(said.kind_probabilities.values()) == pytest.approx(1)
    assert sum(said.item_probabilities.values()) == pytest.approx(1)
    assert said.confidence == said.kind_probabilities[said.kind] == max(said.kind_probabilities.values())


def test_a_kind_is_the_sum_of_its_items_and_the_item_is_of_that_kind(classifier):
    for seed in range(8):
        said = classifier.classify(encoded(picture(seed=seed)))
        for kind in KINDS:
            of_it = [said.item_probabilities[item] for item in classifier.labels.items
                     if kind_of(classifier, item) == kind]  # fmt: skip
            assert said.kind_probabilities[kind] == pytest.approx(sum(of_it))
        assert kind_of(classifier, said.item) == said.kind


@pytest.mark.parametrize(
    "photo", [b"", b"junk", bytes(70_000), encoded(picture())[:300], b"\xff\xd8" + bytes(99)]
)
def test_bytes_that_are_no_photo_are_unsure_and_uniform(classifier, photo):
    said = classifier.classify(photo)
    assert (said.unsure, said.reason) == (True, "unreadable")
    assert set(said.kind_probabilities.values()) == {0.25}
    assert set(said.item_probabilities.values()) == {1 / len(classifier.labels.items)}
    assert kind_of(classifier, said.item) == said.kind


def test_no_bytes_make_it_raise(classifier):
    dice = np.random.default_rng(11)
    photo = np.frombuffer(encoded(picture()), np.uint8)
    for _ in range(60):
        spoilt = photo.copy()
        spoilt[dice.integers(0, len(spoilt), 8)] = dice.integers(0, 256, 8)
        said = classifier.classify(spoilt.tobytes())
        assert said.reason in (None, *REASONS)
        assert sum(said.kind_probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("photo", ["photo.jpg", ARTIFACTS / "photo.jpg", None, Image.new("RGB", (9, 9))])
def test_what_is_no_bytes_is_a_mistake_of_the_caller_and_no_photo(classifier, photo):
    with pytest.raises(TypeError, match="bytes of a photo"):
        classifier.classify(photo)


@pytest.mark.parametrize("item", ["battery", "food_waste", "plastic", "misc_trash"])
def test_strong_scores_are_said_surely(classifier, item):
    said = decided(classifier, item)
    assert (said.item, said.kind, said.unsure, said.reason) == (
        item,
        kind_of(classifier, item),
        False,
        None,
    )
    assert said.confidence > 0.99


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (View(5.0, 3.0, 1.0), "too_dark"),
        (View(200.0, 1.0, 1.0), "no_item"),
        (View(200.0, 150.0, 0.0), "blurred"),
    ],
)
def test_a_view_without_anything_in_it_is_unsure_whatever_the_network_says(classifier, view, reason):
    assert decided(classifier, "battery", view).reason == reason


def test_a_smooth_view_that_the_network_knows_is_called_by_what_it_is(classifier):
    smooth = View(200.0, 150.0, 0.0)
    for reason in classifier.labels.refusals:
        assert decided(classifier, reason, smooth).reason == reason


@pytest.mark.parametrize("reason", ["bag", "no_item"])
def test_what_is_no_item_to_judge_is_refused_by_its_own_name(classifier, reason):
    said = decided(classifier, reason)
    assert said.reason == reason
    assert sum(said.kind_probabilities.values()) == pytest.approx(1)
    assert max(said.kind_probabilities.values()) < 0.9


def test_even_scores_are_low_confidence(classifier):
    level = scores(classifier, "paper", strength=0.0)
    level.logits[len(classifier.labels.items) :] = -20  # there is an item, and it may be any
    said = decide(classifier, level, CLEAR)
    assert (said.unsure, said.reason) == (True, "low_confidence")


def test_what_is_no_number_is_not_sure(classifier):
    assert decided(classifier, "battery", strength=float("nan")).unsure


def test_features_unlike_any_are_unfamiliar(classifier):
    strange = Scores(scores(classifier, "battery").logits, np.full(1280, 50.0))
    assert classifier.decide(strange, CLEAR).reason == "unfamiliar"


@pytest.mark.parametrize("colour", ["white", "grey", "black", (120, 150, 200)])
def test_one_plain_colour_is_never_said_surely(classifier, colour):
    said = classifier.classify(encoded(Image.new("RGB", (640, 480), colour)))
    assert said.reason in ("no_item", "too_dark")


def test_the_same_photo_gives_the_same_answer_from_any_thread(classifier):
    photos = [encoded(picture(seed=seed)) for seed in range(6)]
    alone = [classifier.classify(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(classifier.classify, photos)) == alone


def test_threads_are_clamped_to_the_cores_one_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert allowed_threads(8) == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert (allowed_threads(0), allowed_threads(2), allowed_threads(9)) == (1, 2, 4)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no processes")
def test_it_runs_pinned_to_one_core_and_says_nothing_on_stderr():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from models.classifier import WasteClassifier;"
        "print(WasteClassifier.load(threads=4).classify(b'').reason)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert (done.stdout.strip(), done.stderr) == ("unreadable", "")


def test_it_needs_only_numpy_onnxruntime_and_pillow():
    code = (
        "import sys; from models.classifier import WasteClassifier; WasteClassifier.load();"
        "print([n for n in ('torch','rich','matplotlib','onnx','sklearn','scipy','cv2') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_the_hash_is_that_of_the_file(classifier):
    assert classifier.model_hash == hashlib.sha256((ARTIFACTS / "waste.onnx").read_bytes()).hexdigest()


def test_an_answer_cannot_be_changed_or_contradict_itself(classifier):
    said = classifier.classify(b"")
    with pytest.raises(FrozenInstanceError):
        said.kind = "other"
    with pytest.raises(ValueError, match="reason"):
        replace(said, unsure=False)
    with pytest.raises(ValueError, match="reason"):
        replace(said, reason="a feeling")
