"""A disk that is really full: ingest refuses in clear words, keeps what is committed, and goes on with room.

On a small tmpfs where we may mount one; else every file has a size that it cannot pass (RLIMIT_FSIZE), which
SQLite and the photo folder meet as they meet a full disk: a write that is refused.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
DISK_KB = 6_000
ROOM = """
import resource, sys
from contextlib import suppress
from pathlib import Path
from ingest.workers.photowatch import PhotoWatch
from linli.errors import StoreUnavailable
from linli.ports.commit_group import CommitGroup
from stores.operational import open_store, sqlite_url
from stores.photos import PhotoFolder
from tests.contract.samples import INVENTORY, NOON, event

folder, mode = Path(sys.argv[1]), sys.argv[2]
ballast = folder / "ballast"

def make_full():
    if mode == "tmpfs":
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

def make_room():
    if mode == "tmpfs":
        ballast.unlink()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

def group(first):
    body = {"kind": "observation", "what": "x" * 2_000}
    return CommitGroup(events=[event(seq, body, at_ms=NOON) for seq in range(first, first + 50)])

store, photos = open_store(sqlite_url(folder)), PhotoFolder(folder / "photos")
store.seed(INVENTORY, NOON)
version = store.operator_version()
store.commit(group(1), version)
photos.put("a" * 64, b"a photo")
watch = PhotoWatch(photos, store, lambda: NOON)
watch.step()
assert watch.trouble == "", watch.trouble
make_full()
refused, seq = [], 51
for _ in range(200):  # what has room already may still be taken
    try:
        store.commit(group(seq), version)
        seq += 50
    except StoreUnavailable as error:
        refused.append(str(error))
        if len(refused) == 3:
            break
print("says", refused[0])
assert len(refused) == 3
try:
    photos.put("b" * 64, b"b" * 20_000)
except StoreUnavailable as error:
    print("photo", error)
else:
    raise AssertionError("the photo was taken")
watch.step()
print("watch", watch.trouble)
assert store.totals()["events"] == seq - 1, "what was committed stays, and nothing else"
assert [row.seq for row in store.events_after(seq - 3, 10)] == [seq - 2, seq - 1]
make_room()
store.commit(group(seq), version)
photos.put("b" * 64, b"b" * 20_000)
watch.step()
assert watch.trouble == "", watch.trouble
assert store.totals()["events"] == seq + 49
assert photos.get("a" * 64) == b"a photo"
store.close()
again = open_store(sqlite_url(folder))
assert again.totals()["events"] == seq + 49
again.close()
print("whole")
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with little room, and how that is done."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "tmpfs", str(place)]
    mounted = False
    with suppress(OSError):
        mounted = (
            os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        )
    yield place, "tmpfs" if mounted else "limit"
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_survived(disk: tuple[Path, str]) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", ROOM, str(disk[0]), disk[1]]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    assert said["says"].startswith("the operational store: ")
    assert any(word in said["says"] for word in ("full", "disk I/O error")), said["says"]
    assert any(word in said["photo"] for word in ("No space left", "File too large")), said["photo"]
    assert any(word in said["watch"] for word in ("No space left", "File too large")), said["watch"]
    assert done.stdout.endswith("whole\n")


def test_the_same_where_no_disk_can_be_mounted(tmp_path: Path) -> None:
    test_a_full_disk_is_said_and_survived((tmp_path, "limit"))
