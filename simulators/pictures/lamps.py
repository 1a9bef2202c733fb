"""Hazardous waste that shone: bulbs and tubes."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image

from simulators.pictures import label
from simulators.pictures.canvas import Canvas, Colour, Material
from simulators.pictures.outline import Points, arc, curve, path, rectangle

Variant = Callable[[Canvas], None]

STEEL = Material((206, 208, 210), 0.6, 0.85)
GOLD = Material((206, 158, 78), 0.5, 0.4)
PRINTS: tuple[Colour, ...] = ((24, 24, 26), (20, 70, 150), (30, 120, 70), (150, 24, 30))


def bulb(canvas: Canvas) -> None:
    """A pear-shaped bulb, clear with a filament or frosted, on its screw cap."""
    rng = canvas.rng
    clear = rng.random() < 0.5
    pear: Points = path("-90,4 -87,18 -78,33 -62,45 -42,50 -22,47 -2,36 18,24 36,19 40,18")
    if clear:
        canvas.tube([(-6, 34), (-4, 4), (-14, -24)], 2, Material((150, 150, 150), 0.5), lift=18)
        canvas.tube([(6, 34), (4, 4), (14, -24)], 2, Material((150, 150, 150), 0.5), lift=18)
        coil = [(-14 + 28 * k / 24, -26 + (2.6 if k % 2 else -2.6)) for k in range(25)]
        canvas.tube(coil, 1.6, Material((190, 110, 40), 0.5), lift=20)
        canvas.body(
            curve([(-8, 40), (-5, 10), (5, 10), (8, 40)]),
            Material((206, 214, 214), 0.8, 0, 0.7),
            8,
            3,
            lift=8,
        )
    glass = Material((226, 232, 232), 0.95, 0, 0.36) if clear else Material((250, 247, 236), 0.5)
    canvas.lathe(curve(pear, closed=False), glass, round_off=4)
    canvas.paint(
        curve([(-34, -52), (-28, -66), (-14, -76), (-18, -64), (-26, -48)]),
        Material((255, 255, 255), 0.9, 0, 0.7),
    )
    brass = GOLD if rng.random() < 0.4 else STEEL
    thread: Points = [(36 + k * 1.2, 21 + 1.8 * math.sin(k * 1.15)) for k in range(32)]
    canvas.lathe([(34, 19), *thread[1:], (76, 17)], brass, round_off=1)
    for k in range(5):
        y = 43 + 6.6 * k
        canvas.paint(
            [(-22, y), (22, y + 2.6), (22, y + 4.2), (-22, y + 1.6)], Material((70, 66, 58), 0.3, 0.2, 0.55)
        )
    canvas.lathe([(76, 17), (84, 10)], Material((40, 38, 38), 0.4), round_off=0)
    canvas.lathe([(83, 8), (89, 6)], STEEL, round_off=1)


def spiral_lamp(canvas: Canvas) -> None:
    """A compact fluorescent lamp: three turns of white tube on a plastic foot."""
    white = Material((248, 248, 244), 0.6)
    for k in range(4):
        y, half = -62 + 21 * k, 26 + 3.0 * k
        canvas.tube(
            [(x, y + 9 - x * 0.16) for x in range(int(-half), int(half) + 1, 8)],
            11,
            white.coloured((190, 190, 188)),
            lift=2,
        )
    for k in range(4):
        y, half = -70 + 21 * k, 26 + 3.0 * k
        turn = [
            (half * math.cos(math.radians(a)), y + 6 * math.sin(math.radians(a)) + a * 0.055)
            for a in range(190, -11, -20)
        ]
        canvas.tube(turn, 14, white, lift=16)
    canvas.tube(curve(arc(0, -78, 22, 10, 185, 355, 8), closed=False), 13, white, lift=12)
    foot = Material((236, 236, 230), 0.35)
    canvas.lathe([(16, 36), (24, 38), (44, 34), (56, 21)], foot, round_off=3)
    canvas.paint(rectangle(0, 32, 40, 2), Material((120, 124, 130), 0.2, 0, 0.8))
    canvas.paint(rectangle(0, 38, 26, 2), Material((120, 124, 130), 0.2, 0, 0.8))
    thread: Points = [(56 + k * 1.1, 19 + 1.7 * math.sin(k * 1.15)) for k in range(28)]
    canvas.lathe(thread, STEEL, round_off=1)
    canvas.lathe([(86, 14), (92, 6)], Material((44, 42, 42), 0.4), round_off=0)


def tube_lamp(canvas: Canvas) -> None:
    """Two fluorescent tubes with metal caps, pins, and blackened ends."""
    rng = canvas.rng
    for x in (-17, 18) if rng.random() < 0.6 else (0,):
        shift = float(rng.uniform(-3, 3))
        for end in (-1, 1):
            for pin in (-4.5, 4.5):
                canvas.lathe(
                    [(-99 if end < 0 else 88, 1.5), (-88 if end < 0 else 99, 1.5)],
                    GOLD,
                    x=x + pin,
                    lift=8,
                    round_off=0,
                )
        canvas.lathe(
            [(-88 + shift, 12.5), (88 + shift, 12.5)], Material((250, 250, 246), 0.8), x=x, round_off=0
        )
        for y in (-70 + shift, 70 + shift):
            canvas.paint(rectangle(x, y, 25, 12, 0, 4), Material((96, 92, 88), 0.6, 0, 0.5))
        canvas.lathe([(-91 + shift, 11), (-89 + shift, 13), (-76 + shift, 13)], STEEL, x=x, round_off=1)
        canvas.lathe([(76 + shift, 13), (89 + shift, 13), (91 + shift, 11)], STEEL, x=x, round_off=1)
        image = Image.new("RGB", (70, 16), (246, 246, 242))
        label.word(image, "T8 18W", (35, 8), 12, (90, 92, 120), 0)
        canvas.body(
            rectangle(x + 1, 36, 9, 30),
            Material((246, 246, 242), 0.8),
            0,
            1,
            lift=None,
            image=image.rotate(90, expand=True),
        )


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "lamp": (bulb, spiral_lamp, tube_lamp),
}
