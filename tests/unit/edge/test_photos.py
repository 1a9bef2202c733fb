import contextlib
import io
import random

import numpy as np
import pytest
from PIL import Image

from edge.admission import PHOTO_MAX_BYTES
from edge.errors import UnreadablePhoto
from edge.photos import PHOTO_BYTES, SIDE, wire_photo
from models.preparation import prepare

SECRET = b"31.2304N 121.4737E"


def noise(width, height, seed=3):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def saved(image, form="JPEG", **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def opened(photo):
    image = Image.open(io.BytesIO(photo))
    image.load()
    return image


def with_exif(image, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    return saved(image, exif=exif, quality=90)


@pytest.mark.parametrize("size", [(4000, 3000), (1000, 1000), (640, 480), (300, 3000)])
def test_even_noise_fits_a_message(size):
    photo = wire_photo(saved(noise(*size), quality=95))
    assert len(photo) <= PHOTO_BYTES < PHOTO_MAX_BYTES
    assert max(opened(photo).size) <= SIDE


def test_exif_is_gone_and_its_orientation_applied():
    image = Image.new("RGB", (80, 40), "white")
    image.paste("red", (0, 0, 20, 40))  # a red left edge
    photo = with_exif(image, 6)  # to be turned by 90 degrees: red on top
    assert SECRET in photo
    bare = wire_photo(photo)
    assert SECRET not in bare
    assert b"Exif" not in bare
    upright = opened(bare).convert("RGB")
    assert upright.size == (40, 80)
    top, bottom = upright.getpixel((20, 5)), upright.getpixel((20, 75))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200
    assert top[1] < 100
    assert min(bottom) > 200
    assert len(opened(bare).getexif()) == 0


def test_a_bare_small_jpeg_is_kept_byte_for_byte():
    photo = saved(noise(64, 64), quality=80)
    assert wire_photo(photo) is photo


@pytest.mark.parametrize("progressive", [False, True])
def test_half_a_picture_is_not_sent_whatever_its_last_bytes_say(progressive):
    photo = saved(noise(64, 64), quality=80, progressive=progressive)
    with pytest.raises(UnreadablePhoto, match="a JPEG that lost data"):
        wire_photo(photo[: len(photo) // 2] + b"\xff\xd9")


def test_a_whole_picture_that_lacks_only_its_end_mark_is_given_one():
    photo = saved(Image.radial_gradient("L"), quality=80)
    sent = wire_photo(photo[:-2])
    assert sent.endswith(b"\xff\xd9")
    apart = np.asarray(opened(sent).convert("L"), np.int16) - np.asarray(opened(photo), np.int16)
    assert np.abs(apart).max() < 10
    with pytest.raises(UnreadablePhoto, match="ends early"):  # of several scans none is known for the last
        wire_photo(saved(Image.radial_gradient("L"), progressive=True)[:-2])


@pytest.mark.parametrize(
    "hidden",
    [
        lambda image: saved(
            image, exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00" + SECRET
        ),
        lambda image: saved(image, comment=SECRET),
        lambda image: saved(image, icc_profile=SECRET * 10),
        lambda image: saved(image) + SECRET,
        lambda image: saved(image) + saved(image),
        lambda image: saved(image, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"),
    ],
)
def test_nothing_but_the_picture_is_left(hidden):
    photo = hidden(noise(64, 64))
    bare = wire_photo(photo)
    assert SECRET not in bare
    assert bare.count(b"\xff\xd8\xff") == 1
    assert opened(bare).size == (64, 64)


def ramp(mode):
    """From dark to light, over all that the mode can hold; transparent on the right where it can be."""
    levels = np.linspace(0, 1, 1200)[None].repeat(900, 0)
    if mode == "I;16":
        return Image.fromarray((levels * 65_535).astype(np.uint16))
    image = Image.fromarray((levels * 255).astype(np.uint8)).convert(mode)
    if mode in {"RGBA", "LA"}:
        image.putalpha(Image.fromarray(np.where(levels < 0.6, 255, 0).astype(np.uint8)))
    return image


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "RGBA", "LA", "I;16", "CMYK"])
def test_what_is_sent_is_the_picture_that_would_be_classified_whatever_its_mode(mode):
    photo = saved(ramp(mode), "JPEG" if mode == "CMYK" else "PNG")
    sent = wire_photo(photo)
    assert (opened(sent).format, opened(sent).mode) == ("JPEG", "RGB")
    assert max(opened(sent).size) <= SIDE
    apart = prepare(sent, 64).pixels.astype(int) - prepare(photo, 64).pixels
    assert np.abs(apart).mean() < (5 if mode == "1" else 3), "two tones are dots, and JPEG blurs them"


@pytest.mark.parametrize(
    "photo",
    [
        b"",
        b"not a photo",
        saved(noise(64, 64))[:300],
        b"\xff\xd8\xff\xe0" + bytes(500),
        saved(noise(9, 9), "GIF"),
    ],
)
def test_what_is_no_photo_is_refused(photo):
    with pytest.raises(UnreadablePhoto):
        wire_photo(photo)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    with pytest.raises(UnreadablePhoto, match="pixels"):
        wire_photo(bomb)


def test_damaged_photos_never_raise_anything_else():
    rng = random.Random(5)
    whole = saved(noise(64, 64), quality=85)
    for _ in range(300):
        photo = bytearray(whole)
        for _ in range(rng.randrange(1, 20)):
            photo[rng.randrange(len(photo))] = rng.randrange(256)
        with contextlib.suppress(UnreadablePhoto):
            assert len(wire_photo(bytes(photo))) <= PHOTO_BYTES
