"""What every photo store owes."""

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from linli.errors import NotFound, StoreRefused, StoreUnavailable
from linli.ports.photos import PhotoStore
from stores.photos import PhotoFolder

REPOSITORY = Path(__file__).parents[2]
JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 40
SHA = hashlib.sha256(JPEG).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()
DAY_S = 86_400


@pytest.fixture(params=["folder"])
def photos(request: pytest.FixtureRequest, tmp_path: Path) -> PhotoStore:
    return PhotoFolder(tmp_path / "photos")


def files(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_is_put_is_got(photos: PhotoStore) -> None:
    photos.put(SHA, JPEG)
    photos.put(SHA, JPEG)
    assert photos.get(SHA) == JPEG
    with pytest.raises(NotFound):
        photos.get(OTHER)


def test_it_lies_two_levels_deep_and_alone(photos: PhotoStore, tmp_path: Path) -> None:
    photos.put(SHA, JPEG)
    assert files(tmp_path) == [tmp_path / "photos" / SHA[:2] / SHA[2:4] / f"{SHA}.jpg"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA.upper(), SHA + "\n", SHA[:-1], f"{SHA}/.."])
def test_only_a_hash_is_a_name(photos: PhotoStore, name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        photos.get(name)
    with pytest.raises(StoreRefused):
        photos.put(name, JPEG)
    assert files(tmp_path) == []


def none_known(_hashes: Sequence[str]) -> set[str]:
    return set()


def test_sweeping_takes_old_orphans_and_what_a_crash_left(photos: PhotoStore, tmp_path: Path) -> None:
    photos.put(SHA, JPEG)
    photos.put(OTHER, b"other")
    left = tmp_path / "photos" / SHA[:2] / SHA[2:4] / f"{SHA}.jpg.0badcafe.part"
    left.write_bytes(b"half of it")
    now_ms = int(left.stat().st_mtime * 1000)
    assert photos.sweep(known=none_known, older_than_ms=now_ms - DAY_S * 1000) == 0
    for path in files(tmp_path):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * DAY_S))
    assert photos.sweep(known={SHA}.intersection, older_than_ms=now_ms - DAY_S * 1000) == 2
    assert photos.get(SHA) == JPEG
    assert len(files(tmp_path)) == 1


def test_many_files_are_asked_for_some_at_a_time(photos: PhotoStore, tmp_path: Path) -> None:
    asked = []
    for n in range(450):
        photos.put(f"{n:064x}", JPEG)

    def known(hashes: Sequence[str]) -> Sequence[str]:
        asked.append(len(hashes))
        return hashes[1:]

    assert photos.sweep(known, 1 << 60) == len(asked)
    assert sum(asked) == 450
    assert 3 <= len(asked) <= 5


def test_a_photo_is_removed_unless_it_has_come_again_since(photos: PhotoStore, tmp_path: Path) -> None:
    photos.put(SHA, JPEG)
    (file,) = files(tmp_path)
    put_ms = int(file.stat().st_mtime * 1000)
    photos.remove(SHA, put_ms - 5_000)
    assert photos.get(SHA) == JPEG, "it was put after that time"
    photos.remove(SHA, put_ms + 5_000)
    assert files(tmp_path) == []
    photos.remove(SHA, put_ms + 5_000)
    photos.remove("../../etc/passwd", put_ms)


def test_whether_photos_can_be_written_is_told_beforehand(photos: PhotoStore, tmp_path: Path) -> None:
    photos.check()
    photos.put(SHA, JPEG)
    photos.check()
    assert len(files(tmp_path)) == 1, "nothing is left behind"
    (tmp_path / "photos").rename(tmp_path / "away")
    (tmp_path / "photos").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="photos cannot be written to"):
        photos.check()


def test_a_photo_that_comes_again_is_no_old_orphan(photos: PhotoStore, tmp_path: Path) -> None:
    photos.put(SHA, JPEG)
    (file,) = files(tmp_path)
    now_ms = int(file.stat().st_mtime * 1000)
    os.utime(file, (0, 0))
    photos.put(SHA, JPEG)
    assert photos.sweep(known=none_known, older_than_ms=now_ms - DAY_S * 1000) == 0
    assert photos.get(SHA) == JPEG


FULL = f"""
import resource, signal, sys
from pathlib import Path
from linli.errors import StoreUnavailable
from stores.photos import PhotoFolder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    PhotoFolder(Path(sys.argv[1])).put({SHA!r}, b"x" * 10_000)
except StoreUnavailable as error:
    print(error)
"""


def test_a_photo_that_does_not_fit_leaves_nothing(photos: PhotoStore, tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE  # a limit on a file's size ends a write half-way, as a full disk does
    found = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "photos")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in found.stdout
    assert files(tmp_path) == []
    with pytest.raises(NotFound):
        photos.get(SHA)
    photos.put(SHA, JPEG)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        PhotoFolder(tmp_path / "photos").put(SHA, JPEG)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that any user may pass through; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def nobody() -> Iterator[None]:
    """For root, who may do anything: be somebody who may not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(before)


ASKED: list[Callable[[PhotoFolder], object]] = [
    lambda photos: photos.put(SHA, JPEG),
    lambda photos: photos.get(SHA),
    lambda photos: photos.put(OTHER, b"other"),
    lambda photos: photos.sweep(none_known, 1 << 60),
]


@pytest.mark.parametrize("ask", ASKED, ids=["renew", "get", "put", "sweep"])
def test_no_right_to_a_folder_is_unavailable_and_heals(
    shared: Path, ask: Callable[[PhotoFolder], object]
) -> None:
    photos = PhotoFolder(shared / "photos")
    photos.put(SHA, JPEG)
    (file,) = files(shared)
    shut = shared / "photos" if ask is ASKED[2] else file.parent
    shut.chmod(0o644)  # its names can be read, what they stand for cannot
    with nobody(), pytest.raises(StoreUnavailable, match="Permission denied"):
        ask(photos)
    shut.chmod(0o755)
    assert photos.get(SHA) == JPEG
    ask(photos)


@pytest.mark.parametrize("ask", ASKED[:3], ids=["renew", "get", "put"])
def test_a_folder_that_leads_nowhere_is_unavailable(
    tmp_path: Path, ask: Callable[[PhotoFolder], object]
) -> None:
    (tmp_path / "photos").symlink_to("photos")
    with pytest.raises(StoreUnavailable):
        ask(PhotoFolder(tmp_path / "photos"))
