from dataclasses import replace

import pytest

from models.labels import KINDS
from models.measuring.manifest import Photo, look_for
from models.training.classes import labels_of

PHOTOS = [
    Photo(f"{kind}.jpg", "t", "train", kind, item, "s", kind)
    for kind, item in (*((kind, f"{kind}_1") for kind in KINDS), ("none", "none"))
]


def test_items_are_those_of_train_with_their_kinds():
    labels = labels_of(PHOTOS, [PHOTOS[0], PHOTOS[-1]])
    assert dict(zip(labels.items, labels.kinds, strict=True)) == {f"{kind}_1": kind for kind in KINDS}


def test_a_closed_bag_is_no_item_and_may_be_there():
    assert "bag" not in labels_of([*PHOTOS, replace(PHOTOS[-1], item="bag")], PHOTOS).items


@pytest.mark.parametrize(
    ("train", "val", "said"),
    [
        (PHOTOS, [*PHOTOS, replace(PHOTOS[0], item="vase")], "'vase' is in no photo of train"),
        ([*PHOTOS, replace(PHOTOS[-1], item="street")], PHOTOS, "'street' is no item"),
        ([*PHOTOS, replace(PHOTOS[0], kind="other")], PHOTOS, "is other, and recyclable elsewhere"),
        (PHOTOS[:-1], PHOTOS, "no photo of train is of none"),
        (PHOTOS[1:], PHOTOS[1:], "no photo of train is of recyclable"),
        (PHOTOS, PHOTOS[:-1], "no photo of val shows no item"),
        (PHOTOS, PHOTOS[-1:], "no photo of val shows an item"),
        ([replace(PHOTOS[0], item="Glass"), *PHOTOS[1:]], PHOTOS[1:], "no item can be called 'Glass'"),
        ([*PHOTOS, replace(PHOTOS[0], item="bag")], PHOTOS, "no item can be called 'bag'"),
        ([], [], "no photo of train is of recyclable"),
    ],
)
def test_what_cannot_be_learned_is_said_before_anything_is_done(train, val, said):
    with pytest.raises(ValueError, match=said):
        labels_of(train, val)


def test_photos_that_are_not_there_are_named(tmp_path):
    (tmp_path / "t").touch()
    look_for(PHOTOS, tmp_path)
    with pytest.raises(ValueError, match=r"a\.jpg is no file, nor are 1 others"):
        look_for([*PHOTOS, *(replace(PHOTOS[0], tar="", file=f"{name}.jpg") for name in "ab")], tmp_path)
