"""Kitchen waste: what is left of a meal."""

from __future__ import annotations

import math
from collections.abc import Callable

from simulators.pictures import label
from simulators.pictures.canvas import UNIT, Canvas, Colour, Material
from simulators.pictures.outline import Points, arc, curve, ellipse, mirrored, moved, path, rough

Variant = Callable[[Canvas], None]

BROWN = Material((94, 62, 34), 0.1)
DARK = Material((52, 36, 26), 0.15)


def apple_core(canvas: Canvas) -> None:
    """Skin at both ends, bitten flesh between, a stem and two pips."""
    rng = canvas.rng
    skin = Material(label.ink(rng, ((186, 30, 34), (128, 168, 40), (206, 70, 40))), 0.6)
    flesh = Material((240, 222, 168), 0.2)
    canvas.lathe(path("-56,30 -44,38 -24,22 0,15 22,20 42,34 54,26"), flesh, round_off=9)
    for _ in range(16):
        x, y = float(rng.uniform(-16, 16)), float(rng.uniform(-34, 34))
        if rng.random() < 0.6:
            canvas.paint(rough(ellipse(x, y, 5, 8, 0, 10), rng, 1), Material((214, 170, 100), 0.2, 0, 0.4))
    top = curve(
        path("-38,-42 -44,-58 -28,-74 -8,-70 0,-66 8,-70 28,-74 44,-58 38,-42 22,-38 10,-46 -8,-38 -24,-46")
    )
    canvas.body(top, skin, 30, 15)
    low = curve(path("-34,40 -20,46 -6,38 10,46 24,38 36,42 36,56 20,70 0,66 -20,70 -37,56"))
    canvas.body(low, skin, 26, 13)
    canvas.paint(ellipse(0, -66, 13, 5), Material((120, 110, 40), 0.2, 0, 0.7))
    canvas.paint(ellipse(0, 66, 8, 4), DARK)
    for x, y, turn in ((-4, -2, 20), (5, 7, -16)):
        canvas.ball(x, y, 3.2, 6.4, Material((64, 34, 20), 0.7), angle=turn, lift=13)
    canvas.tube(curve([(0, -64), (3, -80), (10, -93)], closed=False), 5, BROWN, lift=14)
    leaf = curve([(4, -80), (20, -95), (42, -92), (28, -79)])
    canvas.body(leaf, Material((74, 128, 46), 0.3), 5, 5, lift=10)
    canvas.mottle(0.1, 40)


def banana_peel(canvas: Canvas) -> None:
    """Four flaps thrown open, pale inside, browning outside, the stem in the middle."""
    rng = canvas.rng
    ripe = (226, 186, 48) if rng.random() < 0.6 else (206, 176, 60)
    skin, pith = Material(ripe, 0.3), Material((244, 228, 176), 0.12)
    start = float(rng.uniform(0, 90))
    for k in range(4):
        turn = start + 90 * k + float(rng.uniform(-16, 16))
        bend = float(rng.uniform(-20, 20))
        flap = curve(
            [
                (-9, -4),
                (-15, 24),
                (-16 + bend * 0.4, 52),
                (-9 + bend, 80),
                (bend, 90),
                (9 + bend, 80),
                (16 + bend * 0.4, 52),
                (15, 24),
                (9, -4),
            ]
        )
        inside = curve(
            [
                (-5, 4),
                (-9, 26),
                (-9 + bend * 0.4, 52),
                (-4 + bend, 76),
                (4 + bend, 76),
                (9 + bend * 0.4, 52),
                (9, 26),
                (5, 4),
            ]
        )
        canvas.body(moved(flap, 0, 0, turn), skin, 15, 9, lift=2 + 2 * k, bumps=1)
        shows_pith = k % 2 == 0 or rng.random() < 0.3
        if shows_pith:
            canvas.body(moved(inside, 0, 0, turn), pith, -5, 7, lift=None)
            for x in (-3, 3):
                vein: Points = [(x, 14), (x + bend * 0.3, 46), (x * 0.4 + bend * 0.9, 74)]
                canvas.tube(
                    moved(curve(vein, closed=False), 0, 0, turn),
                    1.6,
                    pith.coloured((222, 196, 130)),
                    lift=None,
                )
        else:
            ridge: Points = [(0, 4), (bend * 0.3, 46), (bend, 86)]
            canvas.tube(moved(curve(ridge, closed=False), 0, 0, turn), 3.2, skin, lift=None)
        canvas.paint(moved(ellipse(bend, 87, 7, 6), 0, 0, turn), DARK)
        for _ in range(9):
            y = float(rng.uniform(16, 80))
            spot = ellipse(
                bend * (y / 90) ** 2 + float(rng.uniform(-11, 11)),
                y,
                float(rng.uniform(0.8, 2.6)),
                float(rng.uniform(1, 5)),
            )
            canvas.paint(moved(spot, 0, 0, turn), Material((110, 74, 30), 0.2, 0, 0.7))
    canvas.ball(0, 0, 15, 13, skin, lift=14)
    stem = moved([(0, 0), (6, -14), (14, -24)], 0, 0, start)
    canvas.tube(curve(stem, closed=False), 9, skin.coloured((170, 150, 56)), lift=22)
    canvas.ball(stem[-1][0], stem[-1][1], 6, 6, DARK, lift=22)


def fish_bone(canvas: Canvas) -> None:
    """Head, spine, ribs and tail."""
    rng = canvas.rng
    bone = Material((236, 226, 204), 0.3)
    silver = Material((150, 158, 164), 0.7, 0.25)
    bow = float(rng.uniform(-10, 10))

    def spine(x: float) -> float:
        return bow * math.cos(x / 50)

    for k in range(11):
        x = -34 + 8.6 * k
        reach = 33 - abs(k - 3) * 2.6
        for side in (-1, 1):
            rib = curve(
                [(x, spine(x)), (x + 7, spine(x) + side * reach * 0.55), (x + 17, spine(x) + side * reach)],
                closed=False,
            )
            canvas.tube(rib, 3.0, bone, lift=3, taper=lambda t: 1 - 0.6 * t)
    canvas.tube([(x, spine(x)) for x in range(-46, 74, 6)], 6, bone, lift=4)
    for k in range(13):
        x = -40 + 8.6 * k
        canvas.ball(x, spine(x), 3.2, 4.6, bone, lift=5)
    end = spine(72)
    tail = curve([(66, end), (78, end - 12), (96, end - 27), (90, end), (96, end + 27), (78, end + 12)])
    canvas.body(tail, silver.coloured((140, 140, 132)), 6, 4)
    for k in range(-4, 5):
        canvas.tube(
            [(72, end + k), (92 - abs(k), end + 5.2 * k)], 1.5, silver.coloured((104, 102, 96)), lift=None
        )
    y = spine(-60)
    head = curve(
        [
            (-97, y + 4),
            (-88, y - 12),
            (-66, y - 29),
            (-44, y - 27),
            (-38, y - 8),
            (-38, y + 10),
            (-46, y + 28),
            (-70, y + 26),
            (-90, y + 14),
        ]
    )
    canvas.body(head, silver, 22, 15)
    canvas.paint(
        curve([(-96, y - 1), (-86, y - 13), (-66, y - 29), (-46, y - 27), (-60, y - 14)]),
        silver.coloured((82, 96, 104)),
    )
    gill = curve([*arc(-62, y, 17, 23, -70, 70, 10), *arc(-64, y, 14, 20, 70, -70, 10)], steps=2)
    canvas.paint(gill, Material((120, 44, 44), 0.4, 0, 0.7))
    canvas.tube(curve([(-97, y + 4), (-86, y + 6), (-78, y + 9)], closed=False), 1.8, DARK, lift=None)
    canvas.ball(-76, y - 8, 7, 7, Material((238, 234, 214), 0.9), lift=14)
    canvas.ball(-76, y - 8, 3.8, 3.8, Material((22, 22, 24), 0.9), lift=19)


def egg_shell(canvas: Canvas) -> None:
    """Two broken halves, one showing its hollow, and splinters."""
    rng = canvas.rng
    shell = Material(label.ink(rng, ((226, 178, 136), (240, 232, 216), (208, 152, 108))), 0.2)
    inside = Material((248, 242, 230), 0.15)
    dome = curve(
        path("-88,8 -84,-28 -58,-52 -28,-42 -8,-14 -4,10 -16,4 -26,18 -40,8 -52,22 -66,10 -76,20"),
        steps=3,
    )
    canvas.body(moved(dome, 4, 2, -8), shell, 36, 30)
    rim: Points = []
    for k in range(30):
        turn = 2 * math.pi * k / 30
        reach = 1 + (0.09 if k % 2 else -0.05) * float(rng.uniform(0.4, 1.3))
        rim.append((38 + 46 * reach * math.cos(turn), 30 + 38 * reach * math.sin(turn)))
    canvas.body(rim, shell, 24, 4)
    canvas.body([(38 + (x - 38) * 0.91, 30 + (y - 30) * 0.9) for x, y in rim], inside, -22, 26, lift=26)
    canvas.paint(
        curve(rough(ellipse(36, 36, 22, 15, 10, 10), rng, 2)), Material((226, 206, 150), 0.9, 0, 0.45)
    )
    for _ in range(5):
        x, y = float(rng.uniform(-50, 30)), float(rng.uniform(54, 84))
        chip = rough(ellipse(x, y, 7, 5, float(rng.uniform(0, 180)), 5), rng, 1.6)
        canvas.body(chip, shell if rng.random() < 0.5 else inside, 3, 2)
    canvas.mottle(0.05, 90)


def leafy_greens(canvas: Canvas) -> None:
    """Outer leaves of pak choi: pale stalks, dark veined blades, a bitten edge."""
    rng = canvas.rng
    greens: tuple[Colour, ...] = ((58, 120, 40), (78, 142, 46), (46, 104, 44))
    for k, turn in enumerate((-62, 38, -22, 6)):
        bend = turn + float(rng.uniform(-10, 10))
        green = Material(greens[int(rng.integers(3))], 0.3)
        stalk, vein = Material((226, 234, 206), 0.4), Material((168, 198, 124), 0.3)
        blade = curve(path("-6,8 -26,-2 -37,-32 -30,-66 -8,-88 10,-86 32,-64 36,-30 26,0 6,8"))
        blade = rough(moved(blade, 0, 6), rng, 1.3)
        canvas.body(moved(blade, 0, 42, bend), green, 9, 7, lift=3 * k, bumps=4)
        stem = mirrored(curve(path("0,-30 4,-22 8,8 14,32 14,48 9,54 0,55"), closed=False))
        for j, side in ((j, side) for j in range(3) for side in (-1, 1)):
            base, out = -10 - 22 * j, side * (27 - 5 * j)
            run = curve([(0, base + 8), (out * 0.5, base - 3), (out, base - 18)], closed=False, steps=3)
            canvas.tube(moved(run, 0, 42, bend), 2.2, vein, lift=None, taper=lambda t: 1 - 0.7 * t)
        canvas.tube(moved([(0, 0), (0, -72)], 0, 42, bend), 5, stalk, lift=None, taper=lambda t: 1 - 0.8 * t)
        canvas.body(moved(stem, 0, 42 - 3, bend), stalk, 12, 10, lift=3 * k + 2)
        for x in (-6, 0, 6):
            rib = moved(
                [(x * 0.3 - 0.8, -14), (x * 0.3 + 0.4, -14), (x + 0.8, 46), (x - 0.8, 46)], 0, 39, bend
            )
            canvas.paint(rib, stalk.coloured((186, 202, 156)))
    canvas.mottle(0.1, 60)


def cooked_rice(canvas: Canvas) -> None:
    """A heap of rice with bits of vegetables."""
    rng = canvas.rng
    mound = curve(rough(ellipse(0, 4, 60, 48, 0, 14), rng, 5))
    canvas.body(mound, Material((236, 230, 212), 0.2), 20, 40, bumps=2)
    heap = canvas.height.copy()
    bits: tuple[Colour, ...] = ((226, 110, 32), (70, 140, 50), (196, 50, 40), (236, 190, 60))
    for k in range(190):
        reach, turn = (
            math.sqrt(float(rng.random())) * (1.2 if k < 40 else 0.95),
            float(rng.uniform(0, 2 * math.pi)),
        )
        x, y = 64 * reach * math.cos(turn), 4 + 50 * reach * math.sin(turn)
        lift = float(heap[round((y + 100) * UNIT), round((x + 100) * UNIT)]) / UNIT - float(
            rng.uniform(0, 1.5)
        )
        grey = float(rng.uniform(-26, 6))
        grain = Material((248 + grey, 243 + grey, 226 + grey * 1.6), 0.5)
        canvas.ball(x, y, 7.2, 2.6, grain, angle=15.0 * int(rng.integers(12)), lift=lift)
        if k % 17 == 16:
            canvas.body(
                rough(ellipse(x, y, 5, 5, 45, 4), rng, 0.8),
                Material(bits[int(rng.integers(4))], 0.4),
                4,
                2,
                lift=lift,
            )


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "food_waste": (apple_core, banana_peel, fish_bone, egg_shell, leafy_greens, cooked_rice),
}
