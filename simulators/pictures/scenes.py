"""What is no single item: the bare panel, a covered lens, and a closed bag."""

from __future__ import annotations

import math

import numpy as np

from simulators.pictures import label
from simulators.pictures.canvas import SIDE, Canvas, Colour, Material
from simulators.pictures.outline import Points, curve, ellipse, rough
from simulators.pictures.planes import Array, cloud

BAGS: tuple[Colour, ...] = ((36, 38, 42), (52, 118, 70), (228, 230, 230), (196, 44, 48), (60, 96, 160))


def empty(canvas: Canvas) -> None:
    """Nothing: the panel waits."""


def bag(canvas: Canvas) -> None:
    """A full plastic bag knotted at the neck: what is in it cannot be seen."""
    rng = canvas.rng
    film = Material(label.ink(rng, tuple((int(r), int(g), int(b)) for r, g, b in BAGS)), 0.75)
    belly: Points = [
        (
            66 * math.cos(t / 16 * 2 * math.pi) * float(rng.uniform(0.93, 1.07)),
            22 + 60 * math.sin(t / 16 * 2 * math.pi) * float(rng.uniform(0.93, 1.07)),
        )
        for t in range(16)
    ]
    canvas.body(curve(belly, steps=4), film, 50, 46, bumps=7, creases=32, sharpness=0.34)
    for k in range(15):
        lean = -1.05 + 2.1 * k / 14 + float(rng.uniform(-0.06, 0.06))
        far = float(rng.uniform(34, 62))
        fold = [
            (6 * math.sin(lean), -32),
            (far * 0.5 * math.sin(lean), -32 + far * 0.42),
            (far * math.sin(lean), -32 + far),
        ]
        canvas.tube(curve(fold, closed=False), 5.5, film, lift=None, taper=lambda t: 1 - 0.8 * t)
    for side in (-1, 1):
        ear = [
            (0, -40),
            (side * 16, -62),
            (side * 34, -86),
            (side * 44, -72),
            (side * 36, -52),
            (side * 14, -38),
        ]
        canvas.body(curve(rough(ear, rng, 3)), film, 20, 12, lift=16, creases=9, sharpness=0.5)
        for lean in (18, 30):
            canvas.tube(
                [(side * 4, -42), (side * lean, -48 - lean * 0.8)],
                3,
                film,
                lift=None,
                taper=lambda t: 1 - 0.7 * t,
            )
    canvas.body(curve(rough(ellipse(0, -38, 13, 10, 0, 9), rng, 1.2)), film, 18, 9, lift=30, creases=5)


def covered(rng: np.random.Generator) -> Array:
    """A lens with something over it: almost black, a little light leaking in at one edge."""
    line = np.linspace(-1, 1, SIDE, dtype=np.float32)
    turn = float(rng.uniform(0, 2 * math.pi))
    edge = np.maximum(
        0, line[None, :] * math.cos(turn) + line[:, None] * math.sin(turn) - rng.uniform(0.3, 0.8)
    )
    dim = rng.uniform(9, 18) + cloud(rng, (SIDE, SIDE), 4) * 2.5 + edge**2 * rng.uniform(60, 160)
    tone = np.asarray((1.0, 0.84, 0.74) if rng.random() < 0.5 else (0.9, 0.96, 1.0), np.float32)
    return np.asarray(dim * tone[:, None, None], np.float32)
