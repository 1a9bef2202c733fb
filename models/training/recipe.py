"""How much of everything a run takes, and how long and how hard each fit is."""

from __future__ import annotations

from dataclasses import dataclass, replace

WARM_STEPS = 60


@dataclass(frozen=True)
class Run:
    """One fit. Sides in pixels; ``epoch`` in pictures; ``rate`` of the backbone, ``head_rate`` of the heads.

    ``distilling`` weighs the teacher. Of a picture at least the part ``least`` is shown. ``rounded`` is
    whether kernels are as rounded as in the int8 file (Jacob et al. 2018, arXiv:1712.05877).
    ``drawn_back`` is how far, 0 to 1, the weights first go back to those the first fit began with, whose
    features hold better on sources never seen (Wortsman et al. 2022, arXiv:2109.01903).

    All but the last ``cooling`` epochs are at ``small_side``, which is faster (Tan and Le 2021,
    arXiv:2104.00298). Where pictures are random parts of photos, sides are smaller than the bin's 224: a part
    shows its item larger than the whole photo does (Touvron et al. 2019, arXiv:1906.06423). The rate
    stands until it falls to nothing in the cooling (Haegele et al. 2024, arXiv:2405.18392), so
    that all before is the same however long a run turns out to be.
    """

    epochs: int
    cooling: int
    seed: int
    small_side: int = 160
    side: int = 192
    epoch: int = 4000
    batch: int = 32
    rate: float = 4e-4
    head_rate: float = 1.5e-3
    decay: float = 0.02
    smoothing: float = 0.05
    distilling: float = 1.0
    averaging: float = 0.995
    least: float = 0.0
    rounded: bool = False
    drawn_back: float = 0.0

    def side_at(self, epoch: int) -> int:
        return self.small_side if epoch < self.epochs - self.cooling else self.side

    def share_at(self, epoch: float) -> float:
        """Of the full rate, 0 to 1, at a point of the run counted in epochs."""
        warm = min(1.0, epoch * self.epoch / self.batch / WARM_STEPS + 0.02)
        return warm * min(1.0, max(0.01, (self.epochs - epoch) / self.cooling))

    def cost_at(self, epoch: int) -> float:
        """How long an epoch takes, in epochs at the small side."""
        return (self.side_at(epoch) / self.small_side) ** 2

    def cools(self, done: int) -> bool:
        """Whether the rate has begun to fall within ``done`` epochs."""
        return done > self.epochs - self.cooling

    def within(self, done: int, left_s: float, small_epoch_s: float) -> Run:
        """The same run, shorter where ``left_s`` seconds are too few for it after ``done`` epochs.

        ``small_epoch_s`` is how long an epoch at the small side takes. Not for a run that cools
        already: its rate is laid out.
        """
        for epochs in range(self.epochs, done, -1):
            run = replace(self, epochs=epochs, cooling=min(self.cooling, epochs - done))
            if sum(run.cost_at(epoch) for epoch in range(done, epochs)) * small_epoch_s <= left_s:
                return run
        return replace(self, epochs=done + 1, cooling=1)


@dataclass(frozen=True)
class Amounts:
    """How many of each, the fits one after another, and those of a fold, which are shorter.

    Each goes on from the weights that the one before has averaged: a long one, one that follows the
    teacher more closely, and a polish of what lies halfway back to the beginning, which shows items as
    large as the bin does (Touvron et al. 2019) and lets the network learn to live with int8.
    ``cut_…`` photos of a kind are cut out by U²-Net; ``taught`` photos get an embedding of the
    teacher; ``drawn`` pictures of every item come from the simulator. A head is first fitted for
    ``head_steps``, also on ``probed`` composites. Of a source left out, ``judged`` photos at most.
    The background test holds ``bare`` pictures of every sort of emptiness. ``familiar`` photos say
    what is familiar, and ``ranged`` ones what ranges int8 must hold.
    """

    cut_train: int = 600
    cut_val: int = 60
    taught: int = 10_500
    drawn: int = 60
    probed: int = 1750
    head_steps: int = 1000
    judged: int = 300
    bare: int = 100
    familiar: int = 1500
    ranged: int = 200
    fits: tuple[Run, ...] = (
        Run(epochs=68, cooling=36, seed=20),
        Run(epochs=30, cooling=20, seed=21, rate=3e-4, head_rate=1e-3, distilling=4.0),
        Run(epochs=14, cooling=14, seed=77, small_side=224, side=224, rate=1.5e-4, head_rate=4.5e-4,
            distilling=4.0, least=0.8, rounded=True, drawn_back=0.5),
    )  # fmt: skip
    fold: tuple[Run, ...] = (
        Run(epochs=6, cooling=4, seed=22, small_side=128, side=160, distilling=4.0),
        Run(epochs=2, cooling=2, seed=78, small_side=192, side=192, rate=1.5e-4, head_rate=4.5e-4,
            distilling=4.0, least=0.8, rounded=True, drawn_back=0.5),
    )  # fmt: skip


FULL = Amounts()
TINY = Amounts(
    cut_train=0,
    cut_val=0,
    taught=0,
    drawn=10,
    probed=28,
    head_steps=20,
    judged=4,
    bare=2,
    familiar=60,
    ranged=8,
    fits=(
        Run(epochs=2, cooling=1, seed=20, small_side=64, side=64, epoch=8, batch=4),
        Run(epochs=1, cooling=1, seed=77, small_side=64, side=64, epoch=8, batch=4, least=0.8, rounded=True,
            drawn_back=0.5),
    ),
    fold=(
        Run(epochs=1, cooling=1, seed=22, small_side=64, side=64, epoch=8, batch=4),
        Run(epochs=1, cooling=1, seed=78, small_side=64, side=64, epoch=8, batch=4, drawn_back=0.5),
    ),
)  # fmt: skip
"""Shows in a minute that the chain holds: no network out of a wheel is asked, and nothing is learned."""
