"""A data directory belongs to one running linli: two ingests must never write into the same store."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.errors import DeployError


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Within it nobody else can claim the directory; the system lets go of it when we end, however that is.

    Raises DeployError when another linli has it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "running").open("a") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeployError(f"another linli is running on {data_dir} (LINLI_DATA_DIR)") from None
        yield
