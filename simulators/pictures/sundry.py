"""Other waste of hard plastic and wood: small things of a household."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from simulators.pictures import label
from simulators.pictures.canvas import Canvas, Colour, Material
from simulators.pictures.outline import Points, curve, ellipse, moved, path, rectangle

Variant = Callable[[Canvas], None]

STEEL = Material((206, 208, 210), 0.6, 0.85)
WHITE = Material((244, 245, 244), 0.05)


def chopsticks(canvas: Canvas) -> None:
    """A pair of disposable chopsticks, their paper sleeve beside them."""
    rng = canvas.rng
    wood = Material((222, 186, 128), 0.12)
    sleeve = Image.new("RGB", (44, 180), (246, 242, 232))
    red = label.ink(rng, ((196, 36, 40), (24, 110, 70)))
    pen = ImageDraw.Draw(sleeve)
    pen.rectangle([0, 0, 44, 40], fill=red)
    pen.ellipse([12, 56, 32, 76], outline=red, width=3)
    for k, letter in enumerate("MENU"):
        label.word(sleeve, letter, (22, 98 + 18 * k), 17, red, 1)
    canvas.body(rectangle(30, 8, 26, 128, 7), Material((244, 240, 230), 0.08), 3, 2, bumps=1, image=sleeve)
    for x, turn in ((-24, float(rng.uniform(-5, -1))), (-2, float(rng.uniform(3, 9)))):
        stick = moved([(0, -92), (0, -30), (0, 30), (0, 92)], x, 0, turn)
        canvas.tube(stick, 9.5, wood, lift=2, taper=lambda t: 0.55 + 0.45 * t)
        grain = moved([(-1, -80), (0.5, -80), (1.5, 88), (-1, 88)], x, 0, turn)
        canvas.paint(grain, Material((176, 132, 76), 0.1, 0, 0.5))
        canvas.paint(moved(rectangle(0, -84, 6, 16), x, 0, turn), Material((120, 62, 30), 0.3, 0, 0.5))
    canvas.mottle(0.05, 80)


def toothbrush(canvas: Canvas) -> None:
    """A used toothbrush seen from its side, bristles splayed."""
    rng = canvas.rng
    shaft, grip = (
        Material(label.ink(rng), 0.7),
        Material(label.ink(rng, ((246, 246, 246), (60, 64, 72))), 0.2),
    )
    spine: Points = path("8,-92 8,-60 5,-30 -3,0 -4,40 2,88")
    for j in range(4):
        for k in range(9):
            y = -90 + 4.3 * k
            lean = (k - 4) * 0.9 + float(rng.uniform(-2.5, 2.5))
            colour: Colour = (244, 246, 248) if (k // 3 + j) % 2 else (110, 170, 220)
            canvas.tube(
                [(7, y), (-19 + float(rng.uniform(-3, 2)), y + lean)],
                2.6,
                Material(colour, 0.2),
                lift=1 + 1.6 * j,
            )
    canvas.tube(
        curve(spine, closed=False),
        14,
        shaft,
        taper=lambda t: 0.72 if t < 0.3 else (0.6 if t < 0.45 else 1.05),
    )
    canvas.tube(curve([(-4, 16), (-4, 44), (0, 74)], closed=False), 9, grip, lift=4)
    for k in range(6):
        canvas.tube([(-8 + k * 0.5, 22 + 9 * k), (1 + k * 0.5, 21 + 9 * k)], 2.4, shaft, lift=None)


def lighter(canvas: Canvas) -> None:
    """A disposable gas lighter: clear coloured tank, metal hood, wheel and key."""
    rng = canvas.rng
    colour = label.ink(rng)
    tank = Material(colour, 0.95, 0, 0.82)
    canvas.body(rectangle(0, 30, 56, 118, 0, 11), tank, 22, 14)
    canvas.paint(rectangle(0, 58, 44, 54, 0, 8), Material(colour, 0.9, 0, 0.6).toned(0.62))
    canvas.paint(rectangle(3, 28, 3, 86), Material((240, 240, 240), 0.8, 0, 0.6))
    canvas.paint(rectangle(-19, 32, 5, 92, 0, 2.5), Material((255, 255, 255), 0.9, 0, 0.55))
    canvas.body(rectangle(0, -38, 54, 24, 0, 3), Material(colour, 0.5).toned(0.8), 20, 5)
    canvas.body([(-27, -46), (-27, -84), (-20, -90), (4, -88), (7, -46)], STEEL, 21, 6)
    canvas.paint(ellipse(-14, -70, 4, 4), Material((40, 40, 42)))
    canvas.paint(ellipse(-14, -56, 4, 4), Material((40, 40, 42)))
    canvas.body(ellipse(12, -66, 14, 14), STEEL.coloured((150, 150, 152)), 24, 4)
    for k in range(16):
        turn = k * math.pi / 8
        canvas.paint(
            rectangle(12 + 11 * math.cos(turn), -66 + 11 * math.sin(turn), 6, 1.6, math.degrees(turn)),
            Material((40, 40, 42), 0.2),
        )
    canvas.body(
        curve([(8, -50), (30, -56), (32, -44), (26, -38), (8, -40)]), Material((200, 36, 36), 0.5), 25, 4
    )


def ball_pen(canvas: Canvas) -> None:
    """A ball pen: clear barrel with its refill, cap with a clip, brass tip."""
    ink = label.ink(canvas.rng, ((30, 50, 160), (190, 30, 40), (30, 30, 34), (20, 120, 70)))
    cap, barrel = Material(ink, 0.75), Material((232, 236, 240), 0.9, 0, 0.5)
    canvas.tube([(0, -30), (0, 74)], 5, Material(ink, 0.4), lift=3)
    canvas.lathe([(-34, 9.5), (66, 9.5), (80, 4)], barrel, round_off=1)
    canvas.lathe([(78, 4.2), (88, 2), (94, 1)], Material((206, 160, 84), 0.6, 0.5), lift=4, round_off=1)
    canvas.lathe([(-92, 7), (-88, 10.5), (-26, 11)], cap, round_off=2)
    canvas.body(curve(path("5,-92 17,-88 18,-40 14,-34 11,-40 11,-78")), cap, 12, 3, lift=4)
    canvas.lathe([(-28, 11.4), (-23, 11.4)], STEEL, round_off=0)
    canvas.paint(rectangle(0, 10, 4, 48), Material((60, 66, 90), 0.4, 0, 0.35))


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "household_sundry": (chopsticks, toothbrush, lighter, ball_pen),
}
