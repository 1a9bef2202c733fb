"""Photos: on disk and synced before the commit that records them."""

import io
import logging
import warnings
from collections.abc import Callable, Sequence

from PIL import Image

from ingest.broker.message import PhotoArrival
from ingest.draft import Draft
from linli.errors import InvalidMessage, StoreUnavailable
from linli.ports.photos import PhotoStore
from linli.ports.rows import PhotoRow
from linli.refusal import Refusal

log = logging.getLogger("ingest.photos")

PIXELS_MAX = 16_000_000
_END_OF_IMAGE = b"\xff\xd9"


def check_jpeg(jpeg: bytes) -> None:
    """Raises InvalidMessage(`photo_format`) for what is no JPEG, is cut off, or has over 16 megapixels.

    Only the header is read: a 64 KiB file can be made that takes minutes to decode.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header can be made that is worth ten thousand of them
            with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
                width, height = image.size
    except MemoryError:  # says nothing of the photo
        raise
    except Exception as error:  # whatever Pillow raises for bytes it cannot read
        raise InvalidMessage(Refusal.PHOTO_FORMAT, f"not a JPEG: {type(error).__name__}") from error
    if width * height > PIXELS_MAX:
        raise InvalidMessage(Refusal.PHOTO_FORMAT, f"{width} x {height} pixels, at most {PIXELS_MAX}")
    if _END_OF_IMAGE not in jpeg[-64:]:  # some cameras add a few bytes after the end
        raise InvalidMessage(Refusal.PHOTO_FORMAT, "cut off: it has no end of image")


def keep_photos(
    arrivals: Sequence[PhotoArrival],
    store: PhotoStore,
    known: Callable[[list[str]], set[str]],
    draft: Draft,
) -> None:
    """Keep each photo once; every one that is safe, or no photo, is named in the next receipt.

    One that cannot be written now is not named: its device has it still, and sends it again. Nothing else
    waits for it, least of all a fire in the same group.
    """
    if not arrivals:
        return
    recorded = known([each.header.sha256 for each in arrivals])
    for each in arrivals:
        header = each.header
        if header.sha256 in draft.photos or header.sha256 in recorded:
            draft.counted["photos_again"] += 1
            settled(each, draft)
            continue
        try:
            check_jpeg(each.jpeg)
        except InvalidMessage as error:
            draft.bury(each.topic, error.reason, error.detail, each.jpeg, each.received_ms)
            settled(each, draft)
            continue
        try:
            store.put(header.sha256, each.jpeg)
        except StoreUnavailable as error:
            draft.counted["photos_waiting"] += 1
            log.debug("a photo waits on its device", extra={"topic": each.topic, "why": str(error)})
            continue
        settled(each, draft)
        draft.photos.add(header.sha256)
        draft.group.photos.append(
            PhotoRow(
                header.sha256,
                *each.device,
                header.epoch,
                header.seq,
                len(each.jpeg),
                each.received_ms,
            )
        )
        draft.counted["photos"] += 1
        body = {"community": each.device[0], "device": each.device[1], "sha256": header.sha256}
        draft.tell(each.device[0], "photo", header.sha256, body)


def settled(photo: PhotoArrival, draft: Draft) -> None:
    """Its device need not send it again."""
    draft.answer((*photo.device, photo.header.epoch)).photos.append(photo.header.sha256)
