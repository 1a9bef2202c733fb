"""The simulator's pictures: repeatable, varied, small enough for the wire, and not all the same grey."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from simulators.pictures.studio import ITEMS, SCENES, VARIANTS, Variant, draw, photographed

LABELS = {
    "paper", "cardboard", "glass", "metal", "plastic", "textile", "food_waste", "battery", "lamp", "medicine",
    "paint_can", "misc_trash", "household_sundry", "ceramic_shell",
}  # fmt: skip


def pixels(jpeg: bytes) -> npt.NDArray[np.float64]:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return np.asarray(image.convert("RGB"), np.float64)


def test_items_are_the_classifiers_labels() -> None:
    assert set(ITEMS) == LABELS
    assert not set(ITEMS) & set(SCENES)


@pytest.mark.parametrize("item", ITEMS + SCENES)
def test_same_arguments_same_bytes_and_another_seed_another_picture(item: str) -> None:
    drawn = [draw(item, seed) for seed in range(3)]
    assert drawn == [draw(item, seed) for seed in range(3)]
    assert len(set(drawn)) == 3


@pytest.mark.parametrize(
    "variant", [v for item in ITEMS for v in VARIANTS[item]], ids=lambda variant: str(variant.__name__)
)
def test_every_kind_of_thing_draws_and_stays_small(variant: Variant) -> None:
    for seed in range(3):
        jpeg = photographed(variant, np.random.default_rng(seed), 320)
        assert 8_000 < len(jpeg) <= 40_000
        assert pixels(jpeg).shape == (320, 320, 3)


@pytest.mark.parametrize("item", [*ITEMS, "bag"])
def test_something_lies_on_the_panel(item: str) -> None:
    """The middle of a deposit differs from its corners far more than a bare panel's does."""

    def relief(jpeg: bytes) -> float:
        seen = pixels(jpeg)
        return float(seen[80:240, 80:240].std())

    bare = np.mean([relief(draw("empty", seed)) for seed in range(4)])
    assert np.mean([relief(draw(item, seed)) for seed in range(4)]) > 2 * bare


def test_a_covered_lens_is_dark_and_a_bare_panel_is_not() -> None:
    assert all(pixels(draw("covered", seed)).mean() < 40 for seed in range(8))
    assert all(pixels(draw("empty", seed)).mean() > 80 for seed in range(8))


@pytest.mark.parametrize("size", [64, 224, 320, 640, 1024])
def test_size_is_the_pictures_side_and_never_too_many_bytes(size: int) -> None:
    jpeg = draw("paper", 5, size)
    assert pixels(jpeg).shape == (size, size, 3)
    assert len(jpeg) <= 40_000


@pytest.mark.parametrize(("item", "size"), [("unicorn", 320), ("glass", 16), ("glass", 5000)])
def test_what_cannot_be_drawn_is_refused(item: str, size: int) -> None:
    with pytest.raises(ValueError, match="picture"):
        draw(item, 1, size)
