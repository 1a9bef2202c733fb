import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from models import lens
from models.classifier import kind_probabilities
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS
from models.measuring.manifest import Photo, read_jpegs, read_manifests
from models.training import (
    background_test,
    backgrounds,
    calibrate,
    composites,
    plains,
    plan,
    recipe,
    shares,
    whiteground,
)
from models.training.cutouts import chosen
from models.training.left_out import LeftOut, loso_figures
from models.training.shares import strangers

STOCK = backgrounds.Stock(
    np.random.default_rng(1).integers(0, 255, (3, 256, 256, 3), np.uint8),
    np.random.default_rng(2).integers(180, 190, (4, 96, 96, 3), np.uint8),
)
NOTHING_STRANGE = calibrate.Strange(np.zeros((0, 6)), np.zeros(0, int))
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
    bare = [composites.empty(np.random.default_rng(seed), STOCK) for seed in range(40)]
    assert all(picture.size == (256, 256) for picture in bare)


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


def test_cut_outs_are_chosen_evenly_and_more_of_them_begins_with_the_same():
    photos = [
        Photo(f"{kind}{n}", "t", "train", kind, f"{kind}-{n % 3}", "s", f"{kind}{n}")
        for kind, count in (("recyclable", 40), ("hazardous", 9))
        for n in range(count)
    ]
    few, more = chosen(photos, 6, seed=1), chosen(photos, 9, seed=1)
    assert sorted(photo.kind for photo in few) == ["hazardous"] * 6 + ["recyclable"] * 6
    assert more[: len(few)] == few


def test_spoilt_lenses_are_spoilt():
    dice = np.random.default_rng(4)
    for _ in range(20):
        scene = backgrounds.photographed(dice, STOCK)
        assert lens.look(np.asarray(background_test.dark(scene, dice))).brightest < 40


def test_the_background_test_is_photos_with_a_manifest(tmp_path):
    cut = composites.CutOut("val/metal/a.jpg", "metal", RED)
    background_test.write(tmp_path, [cut], {"metal": "recyclable"}, STOCK, bare=2)
    photos = read_manifests([tmp_path / background_test.MANIFEST])
    shown = [photo for photo in photos if photo.kind != "none"]
    assert [photo.source for photo in shown] == ["panel", "plain", "compartment", "scene"]
    assert {(photo.kind, photo.item) for photo in shown} == {("recyclable", "metal")}
    assert len(photos) - len(shown) == 2 * len(("panel", "plain", "compartment", "rough", "scene")) + 2 * 3
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
    left = LeftOut(photos, logits, np.array([0, 0, 0, 1]))
    easy, strict = (Decision(1.0, sure_from, 0.5, 1, 0, 0, 0, 0) for sure_from in (0.6, 0.8))
    found = loso_figures(left, [easy, strict], KINDS, recipe.TINY.fold)
    assert (found["kind_accuracy"]["hits"], found["kind_accuracy"]["of"]) == (3, 4)
    assert found["kind_confusion"][KINDS[0]] == {KINDS[0]: 3, KINDS[1]: 1, KINDS[2]: 0, KINDS[3]: 0}
    sure = {name: part["sure"] for name, part in found["sources"].items()}
    assert (sure["s"]["kind_accuracy"]["hits"], sure["s"]["kind_accuracy"]["of"]) == (1, 2)
    assert sure["s"]["coverage"]["of"] == 3, "what shows nothing is not covered"
    assert sure["other"]["coverage"]["hits"] == 0, "0.7 is not sure where the other fold asked for 0.8"


def test_every_source_is_left_out_once_and_the_largest_alone():
    photos = [
        Photo(f"{source}{n}", "t", "train", "other", "x", source, "g")
        for source, count in (("large", 90), ("b", 50), ("c", 40), ("d", 35), ("few", 3))
        for n in range(count)
    ]
    assert shares.folds(photos) == [frozenset({"large"}), frozenset({"b", "d"}), frozenset({"c"})]


def test_a_run_is_the_same_up_to_where_it_cools_however_long_it_is():
    short, long = (replace(recipe.FULL.fits[0], epochs=epochs) for epochs in (80, 100))
    steps = np.linspace(0, 80 - short.cooling, 50)
    assert [short.share_at(step) for step in steps] == [long.share_at(step) for step in steps]
    assert short.share_at(79.9) < 0.05
    assert {long.side_at(epoch) for epoch in range(64)} == {160}
    assert {long.side_at(epoch) for epoch in range(64, 100)} == {192}


@pytest.mark.parametrize(
    ("done", "left_s"), [(1, 10_000.0), (1, 3000.0), (20, 900.0), (31, 2000.0), (5, 0.0)]
)
def test_a_run_is_cut_short_by_what_the_clock_leaves(done, left_s):
    whole = recipe.FULL.fits[0]
    run = whole.within(done, left_s, small_epoch_s=60.0)
    needed = 60 * sum(run.cost_at(epoch) for epoch in range(done, run.epochs))
    assert done < run.epochs <= whole.epochs
    assert 1 <= run.cooling <= min(whole.cooling, run.epochs - done)
    assert needed <= left_s or run.epochs == done + 1
    if run.epochs < whole.epochs:
        assert needed + 60 * 1.5 * 2 > left_s, "no epoch is given away"


def test_every_step_is_planned_and_more_photos_take_longer():
    kinds = ("recyclable", "kitchen", "hazardous", "other", "none")
    photos = [
        Photo(f"{n}", "t", "train", kind, kind, f"s{n % 2}", f"{n}") for n in range(200) for kind in kinds
    ]
    few, many = (plan.steps(photos[:part], photos[:50], recipe.FULL) for part in (400, 1000))
    assert [step.name for step in few] == [*dict.fromkeys(step.name for step in few)]
    assert sum(step.minutes(2) for step in many) > sum(step.minutes(2) for step in few)
    assert few[0].minutes(1) > few[0].minutes(2)
    page = io.StringIO()
    Console(file=page, width=150).print(plan.table(few, 2))
    assert all(step.name in page.getvalue() for step in few)


def scored(count: int = 400, right: float = 0.9) -> calibrate.Scored:
    """Four items, one a kind; the network is sure of what it gets right and less so of the rest."""
    dice = np.random.default_rng(3)
    kinds = dice.integers(0, 4, count)
    wrong = dice.random(count) > right
    logits = np.zeros((count, 6))
    logits[np.arange(count), np.where(wrong, (kinds + 1) % 4, kinds)] = np.where(wrong, 1.5, 6)
    logits[:, 5] = -8
    views = [lens.View(250, 200, 60, sharp) for sharp in dice.uniform(0.3, 1, count)]
    return calibrate.Scored(logits, dice.normal(size=(count, 8)), kinds, np.arange(count) % 2 == 0, views)


@pytest.fixture
def familiar() -> Familiarity:
    dice = np.random.default_rng(8)
    classes = dice.integers(0, 3, 600)
    features = dice.normal(size=(600, 8)) + np.eye(3, 8)[classes] * 4
    return Familiarity.fit(features.astype(np.float32), classes, dimensions=4)


def test_sure_begins_where_enough_answers_are_right(familiar):
    pictures = scored()
    decision = calibrate.choose(pictures, NOTHING_STRANGE, familiar, KINDS)
    said = kind_probabilities(pictures.logits, KINDS, decision.temperature)
    sure = said.max(1) >= decision.sure_from
    right = said.argmax(1) == pictures.kinds
    assert right[sure].mean() >= calibrate.RIGHT_WHEN_SURE
    assert right[~sure].mean() < 0.5
    assert 0.8 < sure.mean() < 0.95


def test_one_temperature_is_near_what_is_aimed_at_on_all_groups(familiar):
    pictures = scored()
    own = calibrate.best_temperature(pictures.logits, pictures.kinds, KINDS)
    twice = replace(pictures, logits=pictures.logits * 2)
    assert calibrate.best_temperature(twice.logits, twice.kinds, KINDS) == pytest.approx(own * 2, rel=0.04)
    often_wrong = scored(right=0.6)
    alike = calibrate.as_sure(often_wrong.logits / own, pictures, KINDS)
    assert np.allclose(alike, often_wrong.logits), "what suits its own sources at 1 is as sure as the rest"
    strange = calibrate.Strange(alike, often_wrong.kinds)
    alone = calibrate.choose(pictures, NOTHING_STRANGE, familiar, KINDS)
    both = calibrate.choose(pictures, strange, familiar, KINDS)
    assert both.temperature > alone.temperature
    said = kind_probabilities(often_wrong.logits, KINDS, both.temperature)
    sure = said.max(1) >= both.sure_from
    assert (said.argmax(1) == often_wrong.kinds)[sure].mean() >= calibrate.RIGHT_WHEN_SURE


def test_checks_together_refuse_few_items(familiar):
    pictures = scored()
    decision = calibrate.choose(pictures, NOTHING_STRANGE, familiar, KINDS)
    strange = [familiar.distance(one) >= decision.unfamiliar_from for one in pictures.features]
    seen = [lens.complaint(view, decision) for view in pictures.views]
    assert np.mean(strange) <= 0.02
    assert sum(one is not None for one in seen) <= 0.02 * len(seen)


def test_familiar_features_lie_nearer_than_strange_ones(familiar):
    dice = np.random.default_rng(9)
    near = [familiar.distance(np.eye(3, 8)[n % 3] * 4 + dice.normal(size=8)) for n in range(50)]
    far = [familiar.distance(-np.eye(3, 8)[n % 3] * 9 + dice.normal(size=8)) for n in range(50)]
    assert np.quantile(near, 0.9) < np.quantile(far, 0.1)


def test_a_class_of_one_photo_spoils_no_distance():
    dice = np.random.default_rng(8)
    features = dice.normal(size=(60, 8)).astype(np.float32)
    classes = np.append(np.arange(59) % 2, 2)
    found = Familiarity.fit(features, classes, dimensions=4)
    assert np.isfinite(found.distance(features[0]))
    assert len(found.centres) == 2


def test_decision_names_every_threshold(tmp_path):
    (tmp_path / "decision.json").write_text('{"temperature": 1}')
    with pytest.raises(KeyError):
        Decision.read(tmp_path / "decision.json")
