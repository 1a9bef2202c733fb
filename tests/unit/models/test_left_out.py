from dataclasses import replace

import numpy as np
import pytest

from models.decision import Decision
from models.labels import KINDS
from models.measuring.manifest import Photo
from models.training import recipe, shares
from models.training.left_out import LeftOut, loso_figures
from models.training.shares import strangers


def test_what_is_left_out_is_never_shown():
    photos = [
        Photo(f"{source}{n}", "t", "train", kind, item, source, f"{source}{n}")
        for source, item, kind in (("a", "metal", "recyclable"), ("b", "metal", "recyclable"),
                                   ("b", "battery", "hazardous"), ("a", "none", "none"))
        for n in range(5)
    ]  # fmt: skip
    weights = shares.photo_weights(photos, frozenset({"b"}))
    assert {photo.source for photo, weight in zip(photos, weights, strict=True) if weight > 0} == {"a"}
    assert weights.sum() == pytest.approx(1)


def test_a_near_duplicate_of_what_is_trained_on_is_no_stranger():
    train = [Photo(f"{source}{n}", "t", "train", "other", "x", source, f"g{n}")
             for source, numbers in (("a", range(3)), ("b", range(2, 9))) for n in numbers]  # fmt: skip
    val = [replace(train[-1], file="v", split="val", group="v"), replace(train[0], file="w", group="g2")]
    asked = strangers(train, val, frozenset({"b"}), 50, np.random.default_rng(0))
    assert {photo.file for photo in asked} == {"b3", "b4", "b5", "b6", "b7", "b8", "v"}
    assert len(strangers(train, val, frozenset({"b"}), 4, np.random.default_rng(0))) == 4


def test_a_fold_is_judged_by_the_thresholds_of_the_others():
    of_kind = Photo("f", "t", "val", KINDS[0], "x", "s", "g")
    photos = [of_kind, of_kind, of_kind, replace(of_kind, source="other")]
    logits = np.log([[0.7, 0.1, 0.1, 0.1, 1e-9], [0.1, 0.7, 0.1, 0.1, 1e-9],
                     [0.7, 0.1, 0.1, 0.1, 9.0], [0.7, 0.1, 0.1, 0.1, 1e-9]])  # fmt: skip
    left = LeftOut(photos, logits, np.array([0, 0, 0, 1]), [0.75, float("nan")])
    easy, strict = (Decision(1.0, sure_from, 0.5, 1, 0, 0, 0) for sure_from in (0.6, 0.8))
    found = loso_figures(left, [easy, strict], KINDS, recipe.TINY.fold)
    assert (found["kind_accuracy"]["hits"], found["kind_accuracy"]["of"]) == (3, 4)
    assert found["kind_confusion"][KINDS[0]] == {KINDS[0]: 3, KINDS[1]: 1, KINDS[2]: 0, KINDS[3]: 0}
    sure = {name: part["sure"] for name, part in found["sources"].items()}
    assert (sure["s"]["kind_accuracy"]["hits"], sure["s"]["kind_accuracy"]["of"]) == (1, 2)
    assert sure["s"]["coverage"]["of"] == 3, "what shows nothing is not covered"
    assert found["kind_confusion_sure"][KINDS[0]] == {KINDS[0]: 1, KINDS[1]: 1, KINDS[2]: 0, KINDS[3]: 0}
    assert found["unfamiliar_auroc"] == [0.75, None], "a fold without photos to compare says nothing"
    assert sure["other"]["coverage"]["hits"] == 0, "0.7 is not sure where the other fold asked for 0.8"


def test_every_source_is_left_out_once_and_the_largest_alone():
    photos = [
        Photo(f"{source}{n}", "t", "train", "other", "x", source, "g")
        for source, count in (("large", 90), ("b", 50), ("c", 40), ("d", 35), ("few", 3))
        for n in range(count)
    ]
    assert shares.folds(photos) == [frozenset({"large"}), frozenset({"b", "d"}), frozenset({"c"})]
    with pytest.raises(ValueError, match="1 sources have 30 photos of items, and two are needed"):
        shares.folds(photos[:90])
