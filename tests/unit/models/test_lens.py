import numpy as np
import pytest
from PIL import Image, ImageFilter

from models.decision import Decision
from models.lens import look, softness, too_dark
from tests.unit.models.drawn import picture

DECISION = Decision(1, 0.5, 0.5, 1e9, dark_below=25, flat_below=8, sharp_from=0.15)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((224, 224)), np.uint8)


def test_a_crisp_view_is_neither_soft_nor_dark():
    view = look(pixels(picture(448, 448)))
    assert softness(view, DECISION) is None
    assert not too_dark(view, DECISION)


@pytest.mark.parametrize("radius", [12, 60])
def test_what_is_out_of_focus_is_blurred(radius):
    blurred = picture(448, 448).filter(ImageFilter.GaussianBlur(radius))
    assert softness(look(pixels(blurred)), DECISION) == "blurred"


def test_darkness_goes_by_the_brightest_part():
    dark = (pixels(picture(448, 448)) * 0.05).astype(np.uint8)
    assert too_dark(look(dark), DECISION)


def test_one_crisp_item_on_a_plain_panel_is_sharp():
    panel = np.full((224, 224, 3), 200, np.uint8)
    panel[90:130, 90:130] = 20
    assert softness(look(panel), DECISION) is None


def test_a_bare_panel_with_noise_shows_nothing():
    noise = np.random.default_rng(2).normal(180, 1, (224, 224, 1)).repeat(3, 2).astype(np.uint8)
    assert softness(look(noise), DECISION) == "no_item"


def test_brightness_does_not_change_sharpness():
    crisp = pixels(picture(448, 448))
    assert look((crisp * 0.5).astype(np.uint8)).sharpness == pytest.approx(look(crisp).sharpness, abs=0.03)
