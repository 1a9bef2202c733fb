"""A photo as it leaves the device: small, upright, and nothing in it but the picture."""

import io

from PIL import Image

from edge.errors import UnreadablePhoto
from models.preparation import MAX_BYTES, MAX_PIXELS, load_whole, on_white, opened, to_8_bit, upright

PHOTO_BYTES = 60_000
"""Leaves room for the header, the topic and the packet within the wire's 64 KiB."""
SIDE = 1_024
"""Longest side, pixels: enough for a person to judge, and for the classifier many times over."""
QUALITIES = (85, 75, 65, 55)
SMALLER = 0.75
SMALLEST_SIDE = 64
FORMATS = ("JPEG", "PNG")
HARMLESS = {"APP0", "APP14"}
"""JFIF and Adobe's colour marker. Every other application segment (EXIF, XMP, maker notes) may say where and
who.
"""


def wire_photo(photo: bytes) -> bytes:
    """A JPEG of at most 60,000 bytes, turned upright, without EXIF or any other metadata.

    A photo that is so already is kept as it is, byte for byte. Raises UnreadablePhoto.
    """
    if not photo or len(photo) > MAX_BYTES:
        raise UnreadablePhoto(f"a photo of {len(photo)} bytes")
    try:
        return _wire_photo(photo)
    except UnreadablePhoto:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything on bad bytes
        raise UnreadablePhoto(f"{type(error).__name__}: {error}") from error


def _wire_photo(photo: bytes) -> bytes:
    image = opened(photo, FORMATS)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UnreadablePhoto(f"{width}x{height} pixels")
    if image.format == "JPEG":
        image.draft("RGB", (SIDE, SIDE))
    load_whole(image, photo)
    if _is_bare(image, photo) and len(photo) <= PHOTO_BYTES and max(width, height) <= SIDE:
        return photo
    small = to_8_bit(image)
    small.thumbnail((SIDE, SIDE))
    return _fit(upright(on_white(small), image))


def _is_bare(image: Image.Image, photo: bytes) -> bool:
    segments = {name for name, _ in getattr(image, "applist", [("?", b"")])}
    return (
        image.format == "JPEG"
        and image.mode in {"RGB", "L"}
        and segments <= HARMLESS
        and "comment" not in image.info
        and photo.endswith(b"\xff\xd9")  # some cameras hide a second picture or a film behind the first
        and photo.count(b"\xff\xd8\xff") == 1
    )


def _fit(image: Image.Image) -> bytes:
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=None, comment=b"")
            if out.tell() <= PHOTO_BYTES:
                return out.getvalue()
        side = round(max(image.size) * SMALLER)
        if side < SMALLEST_SIDE:
            raise UnreadablePhoto("it cannot be made small enough")
        image.thumbnail((side, side))
