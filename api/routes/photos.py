"""Photos: the evidence of a deposit or an alert."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.services import At
from linli.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["photos"])

FOREVER = "private, max-age=31536000, immutable"
"""A photo is named by its hash, so what is under a name never changes; it is nobody else's to cache."""


@router.get(
    "/photos/{sha256}",
    summary="A photo by its hash",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The JPEG as it came"}},
)
def photo(
    at: At,
    request: Request,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", examples=["9f86d081" + "0" * 56])],
) -> Response:
    """404 until the photo has come: an event may be here before its photo."""
    headers = {"Cache-Control": FOREVER, "ETag": f'"{sha256}"', "Content-Disposition": "inline"}
    if not at.store.photos_known([sha256]):
        raise NotFound(f"there is no photo {sha256}")
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(at.photos.get(sha256), media_type="image/jpeg", headers=headers)
