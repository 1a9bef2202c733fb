"""Whose port it is: an answer proves nothing when another program took the port before our part could."""

import sys
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"


def listens(pid: int, port: int) -> bool:
    """Whether that process listens on that TCP port. True where the system does not say."""
    if sys.platform != "linux":
        return True
    inodes = _listening(port)
    try:
        return any(_inode(handle) in inodes for handle in (PROC / str(pid) / "fd").iterdir())
    except OSError:  # it ended
        return False


def _listening(port: int) -> set[str]:
    """The sockets that listen there, by inode."""
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except FileNotFoundError:  # a system without IPv6
            continue
        for fields in map(str.split, lines):
            # number, local address:port in hexadecimal, remote, state, (five more), inode
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _inode(handle: Path) -> str:
    """The inode of an open socket, "" for anything else."""
    try:
        target = str(handle.readlink())
    except OSError:  # closed meanwhile
        return ""
    return target.removeprefix("socket:[").removesuffix("]") if target.startswith("socket:[") else ""
