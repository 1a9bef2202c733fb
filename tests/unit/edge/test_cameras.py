import io
import os

import pytest
from msgspec.structs import replace
from PIL import Image

from edge.cameras import open_camera
from edge.cameras.arrival import ABANDONED_MS
from edge.cameras.folder import FolderCamera
from edge.cameras.still import StillCamera
from edge.errors import SensorFault
from edge.settings import EdgeSettings
from linli.errors import InvalidSetting

SETTLE = 500


def photo(colour="red", form="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(out, form)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kitchen").mkdir()
    return tmp_path


@pytest.fixture
def camera(folder):
    return FolderCamera(folder, SETTLE)


def seen(camera, *times):
    return [(shot.compartment, shot.photo) for now in times for shot in camera.shots(now)]


def test_photos_are_told_with_the_compartment_of_their_folder(camera, folder):
    (folder / "kitchen" / "a.jpg").write_bytes(photo())
    (folder / "b.PNG").write_bytes(photo("blue", "PNG"))
    (folder / "notes.txt").write_text("no photo")
    (folder / ".c.jpg").write_bytes(photo())
    assert seen(camera, 0) == []
    assert sorted(seen(camera, SETTLE), key=str) == [
        ("kitchen", photo()),
        (None, photo("blue", "PNG")),
    ]


def test_a_photo_half_written_is_waited_for(camera, folder):
    whole = photo()
    path = folder / "kitchen" / "a.jpg"
    path.write_bytes(whole[:300])
    assert seen(camera, 0, SETTLE, 2 * SETTLE, 20 * SETTLE) == []
    path.write_bytes(whole)
    assert seen(camera, 21 * SETTLE) == []
    assert seen(camera, 22 * SETTLE) == [("kitchen", whole)]


def test_a_photo_whose_writer_was_cut_off_is_taken_as_it_is(camera, folder):
    (folder / "a.jpg").write_bytes(photo()[:300])
    assert seen(camera, 0, ABANDONED_MS - 1) == []
    assert seen(camera, ABANDONED_MS) == [(None, photo()[:300])]


def test_a_photo_is_offered_until_it_is_done_and_then_deleted(camera, folder):
    path = folder / "a.jpg"
    path.write_bytes(photo())
    camera.shots(0)
    (first,) = camera.shots(SETTLE)
    (again,) = camera.shots(SETTLE + 1)
    assert first == again
    assert camera.done(first) == [first.source]
    assert not path.exists()
    assert camera.shots(10 * SETTLE) == []


def test_a_new_photo_under_an_old_name_is_another(camera, folder):
    path = folder / "a.jpg"
    path.write_bytes(photo())
    os.utime(path, ns=(1, 1))
    camera.shots(0)
    (first,) = camera.shots(SETTLE)
    path.write_bytes(photo())
    os.utime(path, ns=(2, 2))
    assert camera.shots(SETTLE + 1) == []
    (second,) = camera.shots(2 * SETTLE + 1)
    assert second.source != first.source


def test_a_name_that_is_not_utf_8_is_told_and_deleted_like_any_other(camera, folder):
    path = folder / os.fsdecode("照片.jpg".encode("gbk"))
    path.write_bytes(photo())
    camera.shots(0)
    (shot,) = camera.shots(SETTLE)
    assert shot.source.encode().startswith(b"\\xd5\\xd5")
    assert camera.done(shot) == [shot.source]
    assert not path.exists()


def test_a_file_too_large_for_any_photo_is_not_read(camera, folder):
    with (folder / "film.jpg").open("wb") as film:
        film.truncate(3_000_000_000)
    camera.shots(0)
    assert camera.shots(SETTLE) == []
    (shot,) = camera.shots(ABANDONED_MS)
    assert shot.photo == b""


def test_the_oldest_comes_first(camera, folder):
    for name, stamp in (("z.jpg", 1), ("a.jpg", 2), ("m.jpg", 3)):
        (folder / name).write_bytes(photo())
        os.utime(folder / name, ns=(stamp, stamp))
    camera.shots(0)
    assert [shot.source.split(":")[0] for shot in camera.shots(SETTLE)] == ["z.jpg", "a.jpg", "m.jpg"]


def test_a_folder_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(SensorFault, match="No such file"):
        FolderCamera(tmp_path / "none", 0).shots(0)


def test_a_still_is_told_once_for_each_of_its_versions(tmp_path):
    path = tmp_path / "snapshot.jpg"
    camera = StillCamera(path, 0)
    with pytest.raises(SensorFault):
        camera.shots(0)
    path.write_bytes(photo())
    os.utime(path, ns=(1, 1))
    (first,) = camera.shots(1)
    assert camera.done(first) == []
    assert camera.shots(2) == []
    path.write_bytes(photo("blue"))
    os.utime(path, ns=(2, 2))
    (second,) = camera.shots(3)
    assert camera.done(second) == [first.source]
    assert path.exists()


def test_the_settings_name_the_driver():
    base = EdgeSettings(community="garden", device="bin-1")
    assert isinstance(open_camera(replace(base, camera="still", camera_path="x.jpg")), StillCamera)
    with pytest.raises(InvalidSetting, match="LINLI_CAMERA cannot be 'rtsp': there are folder, still"):
        open_camera(replace(base, camera="rtsp", camera_path="x"))
    with pytest.raises(InvalidSetting, match="LINLI_CAMERA_PATH"):
        open_camera(base)
