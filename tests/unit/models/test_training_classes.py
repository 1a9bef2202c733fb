import subprocess
import sys
from dataclasses import replace

import pytest

from models.labels import KINDS
from models.measuring.manifest import Photo, look_for
from models.training.classes import labels_of
from models.training.plan import STEPS

PHOTOS = [
    Photo(f"{kind}.jpg", "t", "train", kind, item, "s", kind)
    for kind, item in (*((kind, f"{kind}_1") for kind in KINDS), ("none", "none"))
]
GLASS = [replace(PHOTOS[0], item="Glass"), *PHOTOS[1:]]


def test_items_are_those_of_train_with_their_kinds():
    labels = labels_of(PHOTOS, PHOTOS)
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
        (PHOTOS, PHOTOS[1:], "no photo of val is of recyclable"),
        (PHOTOS, PHOTOS[:-1], "no photo of val is of none"),
        (PHOTOS, PHOTOS[-1:], "no photo of val is of recyclable"),
        (GLASS, GLASS, "no item can be called 'Glass'"),
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


def planned(tmp_path, rows):
    """What the command says of a manifest, and its status, where torch may be missing."""
    lines = [f"{n}.jpg,,{split},{kind},{item},s{n % 2}" for n, (split, kind, item) in enumerate(rows)]
    (tmp_path / "m.csv").write_text("\n".join(("file,tar,split,bin,fine,source_repo", *lines)))
    for n in range(len(rows)):
        (tmp_path / f"{n}.jpg").touch()
    where = ["--manifest", str(tmp_path / "m.csv"), "--photos", str(tmp_path), "--work", str(tmp_path / "w")]
    begin = "import sys; sys.modules['torch'] = None; from models.training.command import main"
    run = f"{begin}; main(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", run, "all", "--dry", *where], capture_output=True, text=True, check=False
    )


def test_what_would_be_done_is_told_without_torch(tmp_path):
    kinds = (*((kind, f"{kind}_1") for kind in KINDS), ("none", "none"))
    done = planned(
        tmp_path, [(split, *kind) for split in ("train", "val") for kind in kinds for _ in range(31)]
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(step in done.stdout for step in STEPS)
    assert not (tmp_path / "w").exists()


def test_a_manifest_that_will_not_do_is_one_line(tmp_path):
    done = planned(tmp_path, [("train", "hazardous", "battery"), ("val", "kitchen", "battery")])
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "battery is kitchen, and hazardous elsewhere" in done.stderr
