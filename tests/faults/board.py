"""Numbers that all processes of a run share, in memory that outlives any of them: `kill -9` loses none."""

import mmap
import struct
from collections.abc import Iterable


class Board:
    """Made before the processes are forked. Each number has one writer, so nothing is locked."""

    def __init__(self, names: Iterable[str]) -> None:
        self._at = {name: 8 * i for i, name in enumerate(dict.fromkeys(names))}
        self._memory = mmap.mmap(-1, max(8, 8 * len(self._at)))

    def __getitem__(self, name: str) -> int:
        value: int = struct.unpack_from("<q", self._memory, self._at[name])[0]
        return value

    def __setitem__(self, name: str, value: int) -> None:
        struct.pack_into("<q", self._memory, self._at[name], value)

    def __contains__(self, name: str) -> bool:
        return name in self._at

    def add(self, name: str, n: int = 1) -> int:
        self[name] += n
        return self[name]

    def close(self) -> None:
        self._memory.close()
