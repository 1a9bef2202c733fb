"""How long and how hard each run of the fit is."""

from __future__ import annotations

from dataclasses import dataclass

WARM_STEPS = 60


@dataclass(frozen=True)
class Recipe:
    """How long and how hard. Sides in pixels; ``epoch`` in samples; ``rate`` of the backbone.

    The first ``small_epochs`` are at ``small_side``, twice as fast (Tan and Le 2021,
    arXiv:2104.00298). Both are smaller than the bin's 224: a random part of a photo shows its
    item larger than the whole photo does (Touvron et al. 2019, arXiv:1906.06423). The rate stands
    until the last ``cooling`` epochs and falls to nothing in them (Haegele et al. 2024,
    arXiv:2405.18392), so that all before them is the same however long a run turns out to be.
    """

    epochs: int
    small_epochs: int
    cooling: int
    rate: float
    head_rate: float
    seed: int
    small_side: int = 128
    side: int = 160
    epoch: int = 1600
    batch: int = 32
    decay: float = 0.02
    smoothing: float = 0.05
    distilling: float = 1.0
    averaging: float = 0.995

    def side_at(self, epoch: int) -> int:
        return self.small_side if epoch < self.small_epochs else self.side

    def share_at(self, epoch: float) -> float:
        """Of the full rate, 0 to 1, at a point of the run counted in epochs."""
        warm = min(1.0, epoch * self.epoch / self.batch / WARM_STEPS + 0.02)
        return warm * min(1.0, max(0.01, (self.epochs - epoch) / self.cooling))


FIRST = Recipe(epochs=22, small_epochs=0, cooling=11, rate=4e-4, head_rate=1.5e-3, seed=20)
"""From ImageNet's weights."""
SECOND = Recipe(epochs=36, small_epochs=22, cooling=10, rate=2.5e-4, head_rate=7e-4, seed=21)
"""From the average of the first run."""
SHORT = Recipe(epochs=4, small_epochs=4, cooling=3, rate=4e-4, head_rate=1.5e-3, seed=22)
"""With sources left out; from ImageNet's weights."""
