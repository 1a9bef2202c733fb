import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from models.measuring.manifest import Photo
from models.training import plan, recipe

LONG = recipe.Run(epochs=68, cooling=36, seed=20)


def test_a_run_is_the_same_up_to_where_it_cools_however_long_it_is():
    short, long = (replace(LONG, epochs=epochs) for epochs in (80, 100))
    steps = np.linspace(0, 80 - short.cooling, 50)
    assert [short.share_at(step) for step in steps] == [long.share_at(step) for step in steps]
    assert short.share_at(79.9) < 0.05
    assert {long.side_at(epoch) for epoch in range(64)} == {160}
    assert {long.side_at(epoch) for epoch in range(64, 100)} == {192}


@pytest.mark.parametrize(
    ("done", "left_s"), [(1, 10_000.0), (1, 3000.0), (20, 900.0), (31, 2000.0), (5, 0.0)]
)
def test_a_run_is_cut_short_by_what_the_clock_leaves(done, left_s):
    run = LONG.within(done, left_s, small_epoch_s=60.0)
    needed = 60 * sum(run.cost_at(epoch) for epoch in range(done, run.epochs))
    assert done < run.epochs <= LONG.epochs
    assert 1 <= run.cooling <= min(LONG.cooling, run.epochs - done)
    assert needed <= left_s or run.epochs == done + 1
    if run.epochs < LONG.epochs:
        assert needed + 60 * 1.5 * 2 > left_s, "no epoch is given away"


def test_every_step_is_planned_and_more_photos_take_longer():
    kinds = ("recyclable", "kitchen", "hazardous", "other", "none")
    photos = [
        Photo(f"{n}", "t", "train", kind, kind, f"s{n % 2}", f"{n}") for n in range(200) for kind in kinds
    ]
    few, many = (plan.steps(photos[:part], photos[:50], recipe.FULL) for part in (400, 1000))
    assert tuple(step.name for step in few) == plan.STEPS
    assert sum(step.minutes(2) for step in many) > sum(step.minutes(2) for step in few)
    assert few[0].minutes(1) > few[0].minutes(2)
    page = io.StringIO()
    Console(file=page, width=150).print(plan.table(few, 2))
    assert all(step.name in page.getvalue() for step in few)
