import io

import numpy as np
import pytest
from PIL import Image

from models import lens
from models.measuring.manifest import Photo, read_jpegs, read_manifests
from models.training import (
    background_test,
    backgrounds,
    composites,
    cutouts,
    plains,
    spoilt,
    whiteground,
)
from models.training.augment import degraded
from models.training.shares import HIDDEN

STOCK = backgrounds.Stock(
    np.random.default_rng(1).integers(0, 255, (3, 256, 256, 3), np.uint8),
    np.random.default_rng(2).integers(180, 190, (4, 96, 96, 3), np.uint8),
)
RED = Image.new("RGBA", (80, 40), (220, 10, 10, 255))


def redness(picture: Image.Image) -> float:
    pixels = np.asarray(picture, int)
    return float(((pixels[..., 0] - pixels[..., 1:].max(2)) > 60).mean())


@pytest.mark.parametrize("ground", [backgrounds.panel, backgrounds.compartment, backgrounds.rough])
def test_a_drawn_ground_follows_from_its_seed(ground):
    one, two, other = (np.asarray(ground(np.random.default_rng(seed))) for seed in (5, 5, 6))
    assert one.shape == (256, 256, 3)
    assert (one == two).all()
    assert (one != other).any()


def test_a_composite_shows_its_item_and_an_empty_picture_does_not():
    for seed in range(12):
        shown = composites.paste(RED, Image.new("RGB", (256, 256), "grey"), np.random.default_rng(seed))
        assert redness(shown) > 0.005


def test_empty_pictures_are_many_different_ones():
    bare = [composites.empty(np.random.default_rng(seed), STOCK) for seed in range(40)]
    assert {picture.size for picture in bare} == {(256, 256)}
    assert len({picture.tobytes() for picture in bare}) > 10


def test_an_item_on_white_is_cut_out_whole_with_its_white_middle():
    square = np.full((100, 100, 3), 255, np.uint8)
    square[20:80, 20:80] = 40
    square[40:60, 40:60] = 255  # a hole that is not joined to the frame belongs to the item
    cut = whiteground.cut(square, "train/metal/a.jpg", "metal")
    assert cut is not None
    assert cut.picture.size == (60, 60)
    assert np.asarray(cut.picture.getchannel("A")).min() == 255


@pytest.mark.parametrize("spoilt", ["grey frame", "pale item", "tiny item"])
def test_what_cannot_be_cut_cleanly_is_left(spoilt):
    square = np.full((100, 100, 3), 120 if spoilt == "grey frame" else 255, np.uint8)
    size = 5 if spoilt == "tiny item" else 60
    square[20 : 20 + size, 20 : 20 + size] = 40
    item = "paper" if spoilt == "pale item" else "metal"
    assert whiteground.cut(square, "a", item) is None


def test_a_cut_out_is_found_again_whatever_its_photo_is_called(tmp_path):
    names = ("train/metal/a.jpg", "train/metal/a.jpg.png", f"my gate/{'x' * 240}.jpeg")
    photos = [Photo(name, "", "train", "recyclable", "metal", "s", name) for name in names]
    for photo in photos:
        (tmp_path / "photos" / photo.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / photo.file).write_bytes(photo.file.encode())
    asked = []

    def cut(jpeg: bytes) -> Image.Image | None:
        asked.append(jpeg.decode())
        return None if jpeg == names[1].encode() else RED

    for _ in range(2):  # the second time there is nothing left to do
        cutouts.cut_all(photos, tmp_path / "photos", cut, tmp_path / "cut", lambda: None)
    assert sorted(asked) == sorted(names)
    found = cutouts.read_cutouts(tmp_path / "cut", photos)
    assert [(one.file, one.item) for one in found] == [(names[2], "metal"), (names[0], "metal")]


def test_cut_outs_are_chosen_evenly_and_more_of_them_begins_with_the_same():
    photos = [
        Photo(f"{kind}{n}", "t", "train", kind, f"{kind}-{n % 3}", "s", f"{kind}{n}")
        for kind, count in (("recyclable", 40), ("hazardous", 9))
        for n in range(count)
    ]
    few, more = cutouts.chosen(photos, 6, seed=1), cutouts.chosen(photos, 9, seed=1)
    assert sorted(photo.kind for photo in few) == ["hazardous"] * 6 + ["recyclable"] * 6
    assert more[: len(few)] == few


def test_spoilt_lenses_are_spoilt():
    dice = np.random.default_rng(4)
    for _ in range(20):
        scene = backgrounds.photographed(dice, STOCK)
        assert lens.look(np.asarray(spoilt.dark(scene, dice))).brightest < 40
        white = np.asarray(spoilt.overexposed(scene, dice)).min(2) == 255
        assert white.mean() > 0.3
        clear, dirty = (np.asarray(part, float) for part in (scene, spoilt.dirty(scene, dice)))
        assert np.abs(np.diff(dirty, axis=0)).mean() < 0.8 * np.abs(np.diff(clear, axis=0)).mean()


def test_what_crosses_a_ground_reaches_both_borders():
    dice = np.random.default_rng(6)
    for _ in range(300):
        angle = dice.choice([0, 90]) + dice.normal(0, 12)
        across = np.asarray(
            backgrounds.bar(dice.uniform(0, 250), dice.uniform(1, 30), angle, dice.uniform(-40, 40))
        )
        ends = (across[0], across[-1], across[:, 0], across[:, -1])
        assert across.shape == (256, 256)
        assert sum(bool(end.any()) for end in ends) >= 2 * bool(across.any())


def test_a_struck_ground_differs_along_a_strip_alone():
    ground = Image.new("RGB", (256, 256), (90, 120, 60))
    changed = [
        np.any(np.asarray(backgrounds.struck(ground, np.random.default_rng(seed))) != np.asarray(ground), 2)
        for seed in range(40)
    ]
    assert all(0 < one.mean() < 0.7 for one in changed)
    assert np.mean([one.mean() for one in changed]) < 0.3


def test_what_is_hidden_is_a_quarter_of_what_shows_no_item_and_has_its_class():
    dice = np.random.default_rng(7)
    made = [composites.nothing(dice, STOCK) for _ in range(400)]
    names = [name for name, _ in made]
    assert set(names) == {"none", "covered"}
    assert names.count("covered") == pytest.approx(400 * HIDDEN, rel=0.25)
    assert all(picture.size == (256, 256) for _, picture in made)


def test_through_a_chink_little_is_seen_and_that_as_it_is():
    scene = Image.effect_noise((256, 256), 80).convert("RGB")
    views = [np.asarray(spoilt.chink(scene, np.random.default_rng(seed))) for seed in range(40)]
    seen = [(view == np.asarray(scene)).all(2).mean() for view in views]
    assert np.median(seen) > 0.01
    assert max(seen) < 0.4


def test_too_much_light_burns_out_some_pictures():
    grey = Image.new("RGB", (64, 64), (150, 140, 130))
    burnt = [(degraded(grey, np.random.default_rng(seed)) == 255).all() for seed in range(500)]
    assert 0.01 < np.mean(burnt) < 0.1


def test_the_background_test_is_photos_with_a_manifest(tmp_path):
    cut = cutouts.CutOut("val/metal/a.jpg", "metal", RED)
    background_test.write(tmp_path, [cut], {"metal": "recyclable"}, STOCK, bare=2)
    photos = read_manifests([tmp_path / background_test.MANIFEST])
    shown = [photo for photo in photos if photo.kind != "none"]
    assert [photo.source for photo in shown] == ["panel", "plain", "compartment", "scene"]
    assert {(photo.kind, photo.item) for photo in shown} == {("recyclable", "metal")}
    assert len(photos) - len(shown) == 2 * background_test.SORTS
    for _, picture in read_jpegs(shown, tmp_path):
        assert redness(Image.open(io.BytesIO(picture))) > 0.002


def test_a_plain_part_is_a_corner_without_an_edge():
    dice = np.random.default_rng(6)
    board = np.clip(dice.normal(200, 2, (256, 256, 1)).repeat(3, 2), 0, 255).astype(np.uint8)
    board[40:, 40:] = dice.integers(0, 255, (216, 216, 3))
    burnt = np.full((256, 256, 3), 255, np.uint8)
    busy = dice.integers(0, 255, (256, 256, 3), np.uint8)
    clear = board.copy()
    clear[:110, :110] = 200 + dice.integers(-3, 4, (110, 110, 1))
    photos = [Photo(f"{n}", "t", "train", "hazardous", "battery", "s", f"{n}") for n in range(4)]
    parts = plains.plain_parts(photos, np.stack([board, burnt, busy, clear]), seed=1)
    assert len(parts) == 1
    assert (parts[0] == clear[:96, :96]).all()
