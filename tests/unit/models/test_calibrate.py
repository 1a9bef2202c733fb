from dataclasses import replace

import numpy as np
import pytest

from models import lens
from models.classifier import emptiness, kind_probabilities
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS
from models.training import calibrate

NOTHING_STRANGE = calibrate.Strange(np.zeros((0, 6)), np.zeros(0, int))


def scored(count: int = 400, right: float = 0.9) -> calibrate.Scored:
    """Four items, one a kind; the network is sure of what it gets right and less so of the rest."""
    dice = np.random.default_rng(3)
    kinds = dice.integers(0, 4, count)
    wrong = dice.random(count) > right
    logits = np.zeros((count, 6))
    logits[np.arange(count), np.where(wrong, (kinds + 1) % 4, kinds)] = np.where(wrong, 1.5, 6)
    logits[:, 4:] = dice.uniform(-12, -2, (count, 2))
    views = [lens.View(250, 200, sharp) for sharp in dice.uniform(0.3, 1, count)]
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
    doubted = [lens.too_dark(view, decision) or lens.softness(view, decision) for view in pictures.views]
    empty = emptiness(pictures.logits, KINDS) >= decision.no_item_from
    refused = np.array(strange) | np.array([bool(one) for one in doubted]) | empty
    assert np.mean(refused) <= 0.02


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
