"""A thread that does one thing again and again: it reads what is committed, and ingest never waits for it."""

import threading


class Worker(threading.Thread):
    """Runs `step` until `stop`."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._stopping = threading.Event()

    def step(self) -> float:
        """Do some; returns after how many seconds to come again. Raises nothing."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what it holds; called once, at the end."""

    def stop(self) -> None:
        """End after the step in hand."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self.step())
        self.close()
