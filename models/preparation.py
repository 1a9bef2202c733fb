"""Turns the bytes of any photo into the square the network sees: the same code for training and bin.

Nothing here trusts its input. The size is read from the header before a pixel is decoded, every
mode of colour becomes 8-bit RGB, and a photo that ends early or lost a piece is refused whole.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from models import jpeg, png
from models.errors import UnreadablePhotoError

SQUARE = 256
"""Side in pixels of the square that every photo is first squeezed into: training keeps it, and draws parts of
it, so a bin that went straight to the network's side would see sharper pictures than the network has learned.
"""
MAX_PIXELS = 24_000_000
"""More than any bin camera takes; a 20 KB PNG can claim 169 million."""
MAX_BYTES = 16_000_000
MAX_ASPECT = 8.0
"""A longer strip than this would be squashed to nothing recognisable."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""What cameras and pages make. A TIFF of 26 KB can cost a bin 15 seconds, a BMP of 8 KB three."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF's orientation (tag 0x0112)."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PreparedPhoto:
    """``pixels`` is uint8 RGB (side, side, 3); ``width`` and ``height`` are the photo's own."""

    pixels: Pixels
    width: int
    height: int


def prepare(photo: bytes, side: int) -> PreparedPhoto:
    """Decodes ``photo`` and squeezes it into a square of ``side`` pixels, by way of one of SQUARE.

    The whole picture is kept (no crop, no bars): an item may lie at the edge of the frame, and
    bars would teach the network which source a photo came from. Raises UnreadablePhotoError.
    """
    if not photo or len(photo) > MAX_BYTES:
        raise UnreadablePhotoError(f"{len(photo)} bytes")
    try:
        return _decode(photo, side)
    except UnreadablePhotoError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything on bad bytes
        raise UnreadablePhotoError(f"{type(error).__name__}: {error}") from error


def scaled(square: Pixels, side: int) -> Pixels:
    """A square of SQUARE pixels a side at another size, uint8 RGB (side, side, 3)."""
    if side == len(square):
        return square
    return np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BILINEAR), np.uint8)


def opened(photo: bytes, formats: tuple[str, ...]) -> ImageFile.ImageFile:
    """Reads the header, and of JPEG and PNG that the rest is no endless work. Raises whatever Pillow does."""
    if photo.startswith(jpeg.BEGIN):
        jpeg.look_over(photo)
    if photo.startswith(png.BEGIN):
        png.look_over(photo)
    return Image.open(io.BytesIO(photo), formats=formats)


def load_whole(image: ImageFile.ImageFile, photo: bytes) -> None:
    """Decodes the pixels of ``image``, which ``opened`` made of ``photo``: all of them, or it raises.

    Raises UnreadablePhotoError, or whatever Pillow does.
    """
    if photo.startswith(jpeg.BEGIN):
        jpeg.load_whole(image, photo)
        return
    if photo.startswith(png.BEGIN):
        png.check_rows(photo)
    if any(extents != (0, 0, *image.size) for _, extents, *_ in image.tile):
        raise UnreadablePhotoError("an animation whose first picture is a part of it")
    image.load()


def _decode(photo: bytes, side: int) -> PreparedPhoto:
    image = opened(photo, FORMATS)
    width, height = image.size
    if width * height > MAX_PIXELS or min(width, height) < 1:
        raise UnreadablePhotoError(f"{width}x{height} pixels")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise UnreadablePhotoError(f"a strip of {width}x{height}")
    if image.format == "JPEG":
        image.draft("RGB", (SQUARE, SQUARE))  # halves while decoding: never below that
    image.seek(0)
    load_whole(image, photo)
    # Squeezed before it is turned and recoloured: those then touch few pixels, not millions.
    small = on_white(_squeeze(to_8_bit(image)))
    square = np.asarray(upright(small, image), np.uint8).copy()
    return PreparedPhoto(scaled(square, side), width, height)


def upright(picture: Image.Image, photo: Image.Image) -> Image.Image:
    """``picture`` turned as the EXIF of ``photo`` has it; as it is where that cannot be read."""
    try:
        turn = TURNS.get(int(photo.getexif().get(0x0112, 1)))
    except Exception:  # noqa: BLE001 - Pillow raises nearly anything on bad bytes, and the picture is whole
        turn = None
    return picture if turn is None else picture.transpose(turn)


def to_8_bit(image: Image.Image) -> Image.Image:
    """Scaled from 16 bits, a palette's numbers as the colours they stand for: what can be made smaller."""
    if image.mode in ("RGB", "L", "RGBA", "LA", "CMYK", "YCbCr"):
        return image
    if not image.mode.startswith("I;16"):
        return image.convert("RGBA" if _has_alpha(image) else "RGB")
    levels = np.asarray(image)
    small = np.empty(levels.shape, np.uint8)
    for row in range(0, len(levels), 64):  # a copy of few rows at a time
        small[row : row + 64] = levels[row : row + 64] / 65535 * 255
    return Image.fromarray(small)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info


def _squeeze(image: Image.Image) -> Image.Image:
    if image.mode == "LA":
        image = image.convert("RGBA")
    return image.resize((SQUARE, SQUARE), Image.Resampling.BILINEAR, reducing_gap=2.0)


def on_white(image: Image.Image) -> Image.Image:
    """In RGB, with white wherever one could see through it."""
    if _has_alpha(image):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")
