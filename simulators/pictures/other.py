"""Other waste: what can be neither recycled nor composted."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from simulators.pictures import label
from simulators.pictures.canvas import Canvas, Colour, Material
from simulators.pictures.outline import Points, arc, curve, ellipse, mirrored, moved, path, rectangle, rough

Variant = Callable[[Canvas], None]

STEEL = Material((206, 208, 210), 0.6, 0.85)
WHITE = Material((244, 245, 244), 0.05)


def snack_wrapper(canvas: Canvas) -> None:
    """An empty, rumpled crisp bag with crimped ends."""
    rng = canvas.rng
    ground = label.ink(rng)
    image = Image.new("RGB", (150, 200), ground)
    pen = ImageDraw.Draw(image)
    pen.polygon([(0, 60), (150, 30), (150, 118), (0, 142)], fill=label.ink(rng))
    label.word(
        image, ("CHIPS", "SNACK", "CRISPS", "COOKIE")[int(rng.integers(4))], (75, 86), 38, (255, 250, 230), 3
    )
    for _ in range(5):
        x, y = int(rng.integers(26, 118)), int(rng.integers(142, 176))
        pen.ellipse([x - 18, y - 12, x + 18, y + 12], fill=(236, 186, 72), outline=(196, 136, 40), width=2)
    for y in (0, 184):
        pen.rectangle([0, y, 150, y + 16], fill=(206, 208, 212))
    zig = [(x, -84 + (2.6 if k % 2 else 0)) for k, x in enumerate(range(-56, 57, 4))]
    side: Points = [(57, -64), (48, -30), (53, 4), (46, 40), (56, 66)]
    low = [(x, 84 - (2.6 if k % 2 else 0)) for k, x in enumerate(range(56, -57, -4))]
    outline = [*zig, *side, *low, *((-x, y) for x, y in reversed(side))]
    canvas.body(
        rough(outline, rng, 0.8),
        Material(ground, 0.7, 0.12),
        16,
        15,
        creases=26,
        sharpness=0.5,
        bumps=2,
        image=image,
    )
    for k in range(10):
        for y in (-78, 78):
            canvas.paint(rectangle(-50 + 11 * k, y, 2, 11), Material((90, 92, 98), 0.6, 0.3, 0.4))


def diaper(canvas: Canvas) -> None:
    """An open nappy: padded middle, gathered legs, tape tabs, a printed waistband."""
    rng = canvas.rng
    print_ink = Material(label.ink(rng, ((90, 160, 216), (230, 140, 170), (120, 190, 140))), 0.05)
    half: Points = path("0,-82 44,-84 72,-78 74,-52 46,-40 33,-10 34,18 46,44 62,58 60,80 32,84 0,82")
    canvas.body(mirrored(curve(half, closed=False, steps=4)), WHITE, 11, 7, bumps=2.2)
    pad = curve(path("-24,-66 24,-66 29,-30 22,6 28,50 22,68 -22,68 -28,50 -22,6 -29,-30"))
    canvas.body(pad, WHITE.coloured((250, 250, 248)), 11, 11, lift=None, bumps=1.5)
    canvas.paint(curve(rough(ellipse(0, 12, 14, 34, 0, 12), rng, 2)), Material((222, 204, 110), 0.1, 0, 0.5))
    for side in (-1, 1):
        for k in range(12):
            y = -32 + 6.6 * k
            x = side * (32 + 0.0042 * (y - 4) ** 2)
            canvas.tube([(x - 3.5 * side, y), (x + 3.5 * side, y + 1.5)], 3, WHITE, lift=None)
        canvas.body(rectangle(side * 78, -66, 24, 15, 0, 4), print_ink, 2, 2, lift=6)
        canvas.paint(rectangle(side * 84, -66, 8, 15, 0, 2), WHITE.coloured((220, 226, 230)))
    for k in range(7):
        x = -48 + 16 * k
        canvas.paint(ellipse(x, -75, 4.6, 4.6), print_ink)
        canvas.paint([(x - 4, 72), (x, 80), (x + 4, 72)], print_ink)


def face_mask(canvas: Canvas) -> None:
    """A pleated surgical mask with ear loops."""
    rng = canvas.rng
    blue = Material(label.ink(rng, ((136, 190, 218), (120, 178, 206), (170, 206, 190), (60, 62, 70))), 0.03)
    for side in (-1, 1):
        loop = curve(
            [
                (side * 58, -34),
                (side * 84, -44),
                (side * (92 + float(rng.uniform(-8, 4))), 0),
                (side * 82, 44),
                (side * 58, 34),
            ],
            closed=False,
        )
        canvas.tube(loop, 3.6, WHITE, lift=2)
    outline = curve(
        rough(
            path("-62,-40 -30,-44 0,-46 30,-44 62,-40 61,0 62,40 30,45 0,47 -30,45 -62,40 -61,0"),
            rng,
            1.2,
        ),
        steps=4,
    )
    canvas.body(outline, blue, 14, 14, bumps=1.6)
    for k in range(3):
        y = -19 + 18.0 * k
        canvas.body([(-61, y), (61, y), (61, y + 9), (-61, y + 9)], blue, 3, 4, lift=None)
        canvas.paint(
            [(-61, y + 8), (61, y + 8), (61, y + 10.5), (-61, y + 10.5)], Material((20, 50, 70), 0, 0, 0.3)
        )
    canvas.paint(rectangle(0, -41, 122, 6), WHITE.coloured((226, 234, 238)))
    canvas.paint(rectangle(0, 42, 122, 5), WHITE.coloured((226, 234, 238)))
    canvas.tube([(-26, -36), (0, -38), (26, -36)], 4, blue, lift=None)
    for side in (-1, 1):
        canvas.paint(rectangle(side * 58, 0, 6, 80), WHITE.coloured((216, 228, 234)))
        for y in (-34, 34):
            canvas.ball(side * 58, y, 4, 4, WHITE, lift=5)


def tissue(canvas: Canvas) -> None:
    """A used tissue: thin, loosely crumpled, corners sticking out, an embossed border."""
    rng = canvas.rng
    soft = Material((248, 248, 246), 0.0)
    for x, y, r, turn in ((-14, 12, 62, 0.0), (18, -14, 54, 40.0)):
        corners = path("-8,-92 26,-66 80,-58 68,-6 74,58 28,66 -18,88 -44,62 -90,34 -72,-12 -62,-70 -30,-68")
        outline = moved(rough(corners, rng, 9), x, y, turn + float(rng.uniform(-15, 15)), r / 100)
        canvas.body(
            curve(outline, steps=4), soft, 17, 9, lift=2 if turn else 0, creases=36, sharpness=0.8, bumps=3
        )
    for _ in range(5):
        a, far = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(30, 52))
        bend = a + float(rng.uniform(-0.6, 0.6))
        fold: Points = [
            (4 * math.cos(a), 4 * math.sin(a)),
            (far / 2 * math.cos(bend), far / 2 * math.sin(bend)),
            (far * math.cos(a), far * math.sin(a)),
        ]
        canvas.tube(curve(fold, closed=False), 4, soft, lift=None, taper=lambda t: 1 - 0.7 * t)


def broken_bowl(canvas: Canvas) -> None:
    """A blue-rimmed bowl with a piece broken out, and two shards."""
    rng = canvas.rng
    glaze = Material((240, 242, 242), 0.85)
    blue = Material(label.ink(rng, ((40, 80, 160), (30, 110, 120), (160, 60, 50))), 0.8)
    raw = Material((220, 204, 180), 0.0)
    bite = float(rng.uniform(10, 60))
    crack: Points = path("40,16 22,4 26,-8 10,-12 24,-26 46,-22")
    rim = arc(-8, 0, 72, 70, bite, bite + 292, 40)
    bowl = [*rim, *moved(crack, -8, 0, bite - 34)]
    canvas.body([(x + 1.5, y + 1.5) for x, y in bowl], raw, 25, 3)
    canvas.body(bowl, glaze, 27, 4)
    inner = [(-8 + (x + 8) * 0.93, y * 0.93) for x, y in bowl]
    canvas.body(inner, blue, -1, 1, lift=27)
    canvas.body([(-8 + (x + 8) * 0.86, y * 0.86) for x, y in bowl], glaze, -22, 40, lift=27)
    flower = moved([(0.0, 0.0)], -22, 4)[0]
    for k in range(6):
        turn = k * math.pi / 3
        canvas.paint(
            ellipse(
                flower[0] + 9 * math.cos(turn), flower[1] + 9 * math.sin(turn), 7, 3.6, math.degrees(turn)
            ),
            blue,
        )
    for turn, far, size in ((bite - 34, 76.0, 17.0), (bite - 4, 82.0, 11.0)):
        x, y = -8 + far * math.cos(math.radians(turn)), far * math.sin(math.radians(turn))
        shard = rough(ellipse(0, 0, size, size * 0.7, 0, 5), rng, 2.5)
        canvas.body(moved([(px * 1.12, py * 1.12) for px, py in shard], x, y, turn), raw, 6, 2)
        canvas.body(moved(shard, x, y, turn), glaze, 8, 3)
        canvas.paint(
            moved(
                [(size * 0.3, -size), (size * 0.5, -size), (size * 0.5, size), (size * 0.3, size)], x, y, turn
            ),
            blue,
        )


def mug(canvas: Canvas) -> None:
    """A mug on its side with a chip, a crack and a coffee ring inside."""
    rng = canvas.rng
    glaze = Material(label.ink(rng, (*label.BRIGHT, (240, 240, 236))), 0.85)
    handle = curve([(46, -16), (78, -20), (90, 14), (76, 44), (46, 42)], closed=False)
    canvas.tube(handle, 15, glaze, lift=10)
    canvas.lathe([(-44, 55), (56, 53), (70, 46), (74, 40)], glaze, round_off=4, depth=0.75)
    motif = Material(label.ink(rng, ((250, 250, 246), (40, 44, 60))), 0.7)
    if rng.random() < 0.5:
        heart = curve(path("0,4 -12,-8 -26,2 -18,22 0,42 18,22 26,2 12,-8"))
        canvas.paint(heart, motif)
    else:
        for y in (0, 22, 44):
            canvas.paint([(-56, y - 4), (0, y), (56, y - 4), (56, y + 4), (0, y + 8), (-56, y + 4)], motif)
    canvas.body(ellipse(0, -44, 56, 22, 0, 48), Material((248, 246, 240), 0.8), 4, 2, lift=32)
    canvas.body(ellipse(0, -44, 50, 18, 0, 48), Material((190, 180, 166), 0.6), 1, 2, lift=16)
    canvas.body(ellipse(0, -38, 42, 11, 0, 48), Material((92, 56, 32), 0.8), 1, 2, lift=8)
    chip = rough([(18, -30), (26, -20), (40, -24), (46, -36), (36, -34)], rng, 1.5)
    canvas.body(chip, Material((222, 206, 182)), -3, 2, lift=32)
    run = rough([(30, -22), (24, -4), (30, 10), (22, 28)], rng, 2)
    canvas.tube(run, 1.4, Material((60, 52, 46)), lift=None)


def scallop(canvas: Canvas) -> None:
    """A scallop shell and a small clam: ribs fanning out from the hinge."""
    rng = canvas.rng
    base: Colour = label.ink(rng, ((226, 190, 160), (214, 160, 130), (236, 220, 196)))
    shell = Material(base, 0.3)
    fan = [(x, y + 46) for x, y in arc(0, 0, 74, 98, 200, 340, 29)]
    fan = [
        (x * (1.03 if k % 2 else 0.98), 46 + (y - 46) * (1.03 if k % 2 else 0.98))
        for k, (x, y) in enumerate(fan)
    ]
    outline = [(-12, 64), (-30, 60), *fan, (30, 60), (12, 64)]
    canvas.body([(-34, 44), (34, 44), (26, 70), (-26, 70)], shell, 8, 4)
    canvas.body(outline, shell, 24, 24)
    for k in range(14):
        turn = math.radians(203 + 134 * k / 13)
        tip = (72 * math.cos(turn), 46 + 96 * math.sin(turn))
        canvas.tube(
            [(2 * math.cos(turn), 58), (tip[0] * 0.5, 58 + (tip[1] - 58) * 0.5), tip],
            7.5,
            shell,
            lift=None,
            taper=lambda t: 0.25 + 0.75 * t,
        )
    dark = Material((150, 84, 56), 0.3, 0, 0.22)
    for far in (0.45, 0.66, 0.86):
        outer = [
            (72 * far * math.cos(math.radians(a)), 46 + 96 * far * math.sin(math.radians(a)))
            for a in range(205, 336, 10)
        ]
        canvas.paint([*outer, *((x * 0.93, 50 + (y - 50) * 0.93) for x, y in reversed(outer))], dark)


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "misc_trash": (snack_wrapper, diaper, face_mask, tissue),
    "ceramic_shell": (broken_bowl, mug, scallop),
}
