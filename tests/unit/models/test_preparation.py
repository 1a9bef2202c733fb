import contextlib
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from models.errors import UnreadablePhotoError
from models.preparation import MAX_PIXELS, SQUARE, prepare, scaled
from tests.unit.models.drawn import encoded, picture

SIDE = 32


def halves(top: str = "red", bottom: str = "blue", size: tuple[int, int] = (80, 80)) -> Image.Image:
    image = Image.new("RGB", size, bottom)
    image.paste(Image.new("RGB", (size[0], size[1] // 2), top))
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_format_becomes_a_square_of_8_bit_rgb(kind):
    prepared = prepare(encoded(halves(), kind), SIDE)
    assert prepared.pixels.shape == (SIDE, SIDE, 3)
    assert prepared.pixels.dtype == np.uint8
    assert (prepared.width, prepared.height) == (80, 80)
    red, blue = prepared.pixels[3, SIDE // 2].astype(int), prepared.pixels[-4, SIDE // 2].astype(int)
    assert red[0] - red[2] > 150
    assert blue[2] - blue[0] > 150


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [
        (1, (2, 16)), (2, (2, 16)), (3, (29, 16)), (4, (29, 16)),
        (5, (16, 2)), (6, (16, 29)), (7, (16, 29)), (8, (16, 2)),
    ],
)  # fmt: skip
def test_exif_orientation_is_applied(orientation, red_at):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = prepare(encoded(halves(), exif=exif), SIDE).pixels.astype(int)
    assert pixels[red_at][0] - pixels[red_at][2] > 150


def test_the_whole_picture_is_kept_not_a_crop_of_it():
    wide = Image.new("RGB", (300, 100), "black")
    wide.paste(Image.new("RGB", (30, 100), "white"), (270, 0))
    pixels = prepare(encoded(wide, "PNG"), 30).pixels
    assert pixels[:, -2].min() > 200
    assert pixels[:, :-4].max() < 60


def test_16_bit_is_scaled_and_not_cut():
    levels = np.full((20, 20), 32768, np.uint16)
    pixels = prepare(encoded(Image.fromarray(levels), "PNG"), SIDE).pixels
    assert np.abs(pixels.astype(int) - 127).max() <= 1


def test_a_16_bit_picture_is_not_held_many_times_over():
    photo = encoded(Image.fromarray(np.full((1500, 1500), 30_000, np.uint16)), "PNG")
    tracemalloc.start()
    prepare(photo, SIDE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2 * 1500 * 1500


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA", "YCbCr", "I;16"])
def test_every_colour_mode_is_read(mode):
    image = Image.new(mode, (40, 30)) if mode == "I;16" else picture().convert("RGB").convert(mode)
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG"}.get(mode, "PNG")
    assert prepare(encoded(image, kind), SIDE).pixels.shape == (SIDE, SIDE, 3)


def test_transparency_lies_on_white():
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert prepare(encoded(clear, "PNG"), SIDE).pixels.min() == 255


def test_transparency_of_a_palette_lies_on_white():
    clear = Image.new("P", (20, 20), 0)
    clear.putpalette([0, 0, 0, 255, 0, 0])
    assert prepare(encoded(clear, "PNG", transparency=0), SIDE).pixels.min() == 255


@pytest.mark.parametrize("orientation", [1, 3])
def test_a_colour_that_is_transparent_lies_on_white_however_it_is_turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pink = Image.new("RGB", (20, 20), (255, 0, 255))
    photo = encoded(pink, "PNG", transparency=(255, 0, 255), exif=exif)
    assert prepare(photo, SIDE).pixels.min() == 255


def test_of_an_animation_the_first_picture_counts():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    pixels = prepare(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), SIDE).pixels
    assert pixels[0, 0, 0] > 200
    assert pixels[0, 0, 2] < 50


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif", [bytes(20), b"garbage", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_whole_picture_is_read_though_its_exif_is_not(kind, exif):
    options = {"dpi": (72, 72)} if kind == "JPEG" else {}
    plain, odd = (encoded(picture(), kind, **options, **more) for more in ({}, {"exif": b"Exif\0\0" + exif}))
    assert (prepare(odd, SIDE).pixels == prepare(plain, SIDE).pixels).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_single_pixel_is_a_photo(kind):
    assert prepare(encoded(Image.new("RGB", (1, 1), "red"), kind), SIDE).pixels.shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_cut_short_is_refused_whole(kind, share):
    photo = encoded(picture(400, 300), kind)
    with pytest.raises(UnreadablePhotoError):
        prepare(photo[: int(len(photo) * share)], SIDE)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header claims width x height and whose body is a few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_what_lies_behind_a_photo_is_no_part_of_it(kind):
    photo = encoded(picture(), kind)
    assert np.array_equal(prepare(photo + bytes(9000), SIDE).pixels, prepare(photo, SIDE).pixels)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_size_is_checked_before_a_pixel_is_decoded(monkeypatch):
    def decoded(*_):
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image.Image, "load", decoded)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises(UnreadablePhotoError, match="13000x13000 pixels"):
        prepare(bomb(13000, 13000), SIDE)
    assert MAX_PIXELS < 13000 * 13000


def test_a_strip_too_long_to_recognise_is_refused():
    with pytest.raises(UnreadablePhotoError, match="strip"):
        prepare(encoded(Image.new("RGB", (900, 100)), "PNG"), SIDE)


@pytest.mark.parametrize("photo", [b"", b"no photo", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\n", bytes(5000),
                                   encoded(picture(), "TIFF"), encoded(picture(), "BMP")])  # fmt: skip
def test_bytes_that_are_no_photo_are_refused(photo):
    with pytest.raises(UnreadablePhotoError):
        prepare(photo, SIDE)


def test_a_large_jpeg_is_the_same_picture_at_less_cost():
    large = picture(1280, 720)
    quick = prepare(encoded(large, quality=95), SIDE).pixels.astype(int)
    slow = np.asarray(large.resize((SIDE, SIDE), Image.Resampling.BOX)).astype(int)
    assert np.abs(quick - slow).mean() < 8


def test_the_bin_sees_what_training_kept():
    photo = encoded(picture(341, 300))
    kept = prepare(photo, SQUARE).pixels
    assert kept.shape == (SQUARE, SQUARE, 3)
    assert np.array_equal(prepare(photo, 224).pixels, scaled(kept, 224))


def test_whatever_bytes_are_flipped_only_the_named_error_is_raised():
    dice = np.random.default_rng(4)
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        photo = np.frombuffer(encoded(picture(), kind), np.uint8)
        for _ in range(60):
            spoilt = photo.copy()
            places = dice.integers(0, len(spoilt), 6)
            spoilt[places] = dice.integers(0, 256, 6)
            with contextlib.suppress(UnreadablePhotoError):
                assert prepare(spoilt.tobytes(), SIDE).pixels.shape == (SIDE, SIDE, 3)


def test_from_many_threads_the_warnings_of_others_are_left_alone():
    before = list(warnings.filters)
    photos = [encoded(picture(seed=seed)) for seed in range(40)] + [b"no photo"] * 40

    def asked(photo: bytes) -> None:
        with contextlib.suppress(UnreadablePhotoError):
            prepare(photo, SIDE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(asked, photos * 4))
    assert warnings.filters == before
