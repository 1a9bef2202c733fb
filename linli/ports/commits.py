"""Word that something was committed: who shows what changes need not ask for it again and again."""

from typing import Protocol


class Commits(Protocol):
    """One watcher's view, for one thread at a time. It holds no transaction open, and may say too much (what
    was committed concerns nobody here), but never too little.
    """

    def wait(self, seconds: float) -> bool:
        """True as soon as anybody has committed since the last True; False when nobody did in so long.

        The first call, and the first after an error, is True at once: it is not known what was before it.
        Raises StoreUnavailable; the next call tries anew.
        """

    def close(self) -> None:
        """Closes its connection."""
