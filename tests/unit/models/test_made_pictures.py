import numpy as np
import pytest
from PIL import Image

from models import lens
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS
from models.manifest import Photo
from models.training import background_test, backgrounds, calibrate, composites, whiteground
from models.training.cutouts import chosen

SCENES = np.random.default_rng(1).integers(0, 255, (3, 256, 256, 3), np.uint8)
RED = Image.new("RGBA", (80, 40), (220, 10, 10, 255))


def redness(picture: Image.Image) -> float:
    pixels = np.asarray(picture, int)
    return float(((pixels[..., 0] - pixels[..., 1:].max(2)) > 60).mean())


@pytest.mark.parametrize("ground", backgrounds.DRAWN)
def test_a_drawn_ground_follows_from_its_seed(ground):
    one, two, other = (np.asarray(ground(np.random.default_rng(seed))) for seed in (5, 5, 6))
    assert one.shape == (256, 256, 3)
    assert (one == two).all()
    assert (one != other).any()


def test_a_composite_shows_its_item_and_an_empty_picture_does_not():
    for seed in range(12):
        shown = composites.paste(RED, Image.new("RGB", (256, 256), "grey"), np.random.default_rng(seed))
        assert redness(shown) > 0.005
    grey = np.full((2, 256, 256, 3), 128, np.uint8)
    plain = [composites.empty(np.random.default_rng(seed), grey) for seed in range(12)]
    assert all(picture.size == (256, 256) for picture in plain)


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
    made = background_test.empty_pictures(SCENES, 96)
    by_ground = {name: [one for one in made if one.ground == name] for name in {one.ground for one in made}}
    assert max(lens.look(one.pixels).brightest for one in by_ground["dark"]) < 40
    assert all(one.kind is None for one in made)


def scored(count: int = 400, right: float = 0.9) -> calibrate.Scored:
    """Four items, one a kind; the network is sure of what it gets right and less so of the rest."""
    dice = np.random.default_rng(3)
    kinds = dice.integers(0, 4, count)
    wrong = dice.random(count) > right
    logits = np.zeros((count, 6))
    logits[np.arange(count), np.where(wrong, (kinds + 1) % 4, kinds)] = np.where(wrong, 1.5, 6)
    logits[:, 5] = -8
    views = [lens.View(250, 200, sharp) for sharp in dice.uniform(0.3, 1, count)]
    return calibrate.Scored(logits, dice.normal(size=(count, 8)), kinds, np.full(count, 1 / count), views)


@pytest.fixture
def familiar() -> Familiarity:
    dice = np.random.default_rng(8)
    classes = dice.integers(0, 3, 600)
    features = dice.normal(size=(600, 8)) + np.eye(3, 8)[classes] * 4
    return Familiarity.fit(features.astype(np.float32), classes, dimensions=4)


def test_sure_begins_where_enough_answers_are_right(familiar):
    pictures = scored()
    decision = calibrate.choose(pictures, familiar, KINDS)
    said = calibrate.kind_probabilities(pictures.logits, KINDS, decision.temperature)
    sure = said.max(1) >= decision.sure_from
    right = said.argmax(1) == pictures.kinds
    assert right[sure].mean() >= calibrate.RIGHT_WHEN_SURE
    assert right[~sure].mean() < 0.5
    assert 0.8 < sure.mean() < 0.95


def test_checks_together_refuse_few_items(familiar):
    pictures = scored()
    decision = calibrate.choose(pictures, familiar, KINDS)
    strange = [familiar.distance(one) >= decision.unfamiliar_from for one in pictures.features]
    seen = [lens.complaint(view, decision) for view in pictures.views]
    assert np.mean(strange) <= 0.02
    assert sum(one is not None for one in seen) <= 0.02 * len(seen)


def test_familiar_features_lie_nearer_than_strange_ones(familiar):
    dice = np.random.default_rng(9)
    near = [familiar.distance(np.eye(3, 8)[n % 3] * 4 + dice.normal(size=8)) for n in range(50)]
    far = [familiar.distance(-np.eye(3, 8)[n % 3] * 9 + dice.normal(size=8)) for n in range(50)]
    assert np.quantile(near, 0.9) < np.quantile(far, 0.1)


def test_decision_names_every_threshold(tmp_path):
    (tmp_path / "decision.json").write_text('{"temperature": 1}')
    with pytest.raises(KeyError):
        Decision.read(tmp_path / "decision.json")
