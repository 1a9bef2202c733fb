"""Where pictures come from."""

import io
import tarfile

import pytest
from PIL import Image

from edge.assembly import read_profile
from simulators.album import VARIETY, DrawnAlbum, NoPhotos, PhotoAlbum
from simulators.happenings import COVERED, Shown

KNOWN = read_profile("shanghai").items


def jpeg(shade):
    out = io.BytesIO()
    Image.new("RGB", (32, 32), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


PHOTOS = {
    "val/glass/aa.jpg": jpeg(10),
    "val/glass/bb.jpg": jpeg(20),
    "val/food_waste/cc.JPG": jpeg(30),
    "val/unheard_of/dd.jpg": jpeg(40),
    "val/glass/notes.txt": b"not a photo",
}


@pytest.fixture(params=["folder", "tar", "tar.gz"])
def album(request, tmp_path):
    album = PhotoAlbum(packed(request.param, tmp_path), KNOWN)
    yield album
    album.close()


def packed(how, tmp_path):
    if how == "folder":
        for name, content in PHOTOS.items():
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "photos"
    path = tmp_path / f"photos.{how}"
    with tarfile.open(path, "w:gz" if how.endswith("gz") else "w") as tar:
        for name, content in PHOTOS.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_real_photos_are_taken_by_their_label(album):
    assert album.origin == "real"
    assert album.items == ["food_waste", "glass"]
    assert album.picture(Shown("food_waste", 12345)) == PHOTOS["val/food_waste/cc.JPG"]
    assert [album.picture(Shown("glass", n)) for n in (0, 1, 2)] == [jpeg(10), jpeg(20), jpeg(10)]


def test_scenes_of_the_collection_point_are_drawn(album):
    scene = album.picture(Shown(COVERED, 1))
    assert Image.open(io.BytesIO(scene)).size[0] >= 224


def test_without_usable_photos_it_says_so(tmp_path):
    (tmp_path / "glas").mkdir()
    (tmp_path / "glas" / "a.jpg").write_bytes(jpeg(1))
    with pytest.raises(NoPhotos, match="named like an item"):
        PhotoAlbum(tmp_path, KNOWN)
    with pytest.raises(NoPhotos, match="neither a folder nor a tar"):
        PhotoAlbum(tmp_path / "glas" / "a.jpg", KNOWN)
    with pytest.raises(NoPhotos, match="nowhere"):
        PhotoAlbum(tmp_path / "nowhere", KNOWN)


def test_a_photo_that_is_gone_is_said_to_be(tmp_path):
    (tmp_path / "glass").mkdir()
    photo = tmp_path / "glass" / "a.jpg"
    photo.write_bytes(jpeg(1))
    album = PhotoAlbum(tmp_path, KNOWN)
    photo.unlink()
    with pytest.raises(NoPhotos, match=r"a\.jpg cannot be read"):
        album.picture(Shown("glass", 0))


def test_drawn_pictures_are_the_same_for_the_same_and_go_round():
    album = DrawnAlbum(KNOWN)
    assert set(album.items) == set(KNOWN)
    first = album.picture(Shown("glass", 3))
    assert first == DrawnAlbum(KNOWN).picture(Shown("glass", 3 + VARIETY))
    assert first != album.picture(Shown("glass", 4))
