"""TCP ports of this machine: which are taken, which answer."""

import random
import socket

from deploy.errors import DeployError

LOOPBACK = "127.0.0.1"
UNUSED = (12_000, 32_000)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: a port is not taken by connections that linger after a server ended.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server accepts a connection there."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def pick(usual: int, *, demanded: int | None = None, host: str = LOOPBACK) -> int:
    """The port demanded, else the usual one, else any free one where the usual one is taken, or 0.

    Raises DeployError when the demanded port is taken.
    """
    if demanded is not None:
        if not is_free(demanded, host):
            raise DeployError(f"port {demanded} is taken; leave it out to take a free one")
        return demanded
    if usual and is_free(usual, host):
        return usual
    return unused(1, host)[0]


def elsewhere(port: int, usual: int, host: str = LOOPBACK) -> str:
    """Why a server is not where the README has it, for people; "" where nothing else is there."""
    return "" if port == usual or is_free(usual, host) else f": another program has port {usual}"


def unused(n: int, host: str = LOOPBACK) -> list[int]:
    """So many different ports that nothing listens on now.

    Below those that the system gives to outgoing connections: a server that is not there yet, or away for a
    while, would find its port taken by one.
    """
    found: set[int] = set()
    while len(found) < n:
        port = random.SystemRandom().randrange(*UNUSED)
        if is_free(port, host):
            found.add(port)
    return list(found)


def reachable(host: str) -> str:
    """The address at which this machine itself reaches a server that listens on `host`."""
    return LOOPBACK if host in {"", "0.0.0.0", "::"} else host  # noqa: S104 - compared, not listened on
