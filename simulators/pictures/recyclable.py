"""Recyclables with a body: glass, metal and plastic."""

from __future__ import annotations

import math
from collections.abc import Callable

from simulators.pictures import label
from simulators.pictures.canvas import Canvas, Colour, Material
from simulators.pictures.outline import Point, arc, curve, ellipse, mirrored, path, rectangle, rough
from simulators.pictures.planes import folds

Variant = Callable[[Canvas], None]

GREENS: tuple[Colour, ...] = ((22, 76, 34), (78, 42, 14), (34, 90, 50), (98, 56, 18))
STEEL = Material((206, 208, 210), 0.5, 0.85)
SHINE = Material((255, 255, 255), 0.9, 0.0, 0.62)


def glass_bottle(canvas: Canvas) -> None:
    """A beer or wine bottle with a paper label and a lit edge."""
    rng = canvas.rng
    wine = rng.random() < 0.4
    tint = GREENS[int(rng.integers(len(GREENS)))]
    body = 23.0 if wine else 26.0
    glass = Material(tint, 0.95, 0.0, 0.92)
    shoulder = -22.0 if wine else -14.0
    canvas.lathe(
        [
            (-92, 8),
            (-88, 9.5),
            (-83, 9.5),
            (-82, 8),
            (shoulder - 22, 9),
            (shoulder, body),
            (86, body),
            (92, body - 5),
        ],
        glass,
        round_off=7,
    )
    if rng.random() < 0.5:
        canvas.lathe([(-93, 8.5), (-66, 9.6)], Material(label.ink(rng), 0.5, 0.3), round_off=1)
    image = label.brand(
        rng, ("BEER", "WINE", "PILS", "SOJU")[int(rng.integers(4))], (238, 230, 206), label.ink(rng)
    )
    canvas.lathe(
        [(12, body + 0.3), (66, body + 0.3)], Material((240, 232, 210), 0.15), image=image, round_off=0
    )
    streaks(canvas, body, shoulder, 84)


def streaks(canvas: Canvas, radius: float, top: float, bottom: float) -> None:
    """The long window reflections that tell glass from plastic."""
    for side, width in ((-0.62, 2.4), (0.74, 1.2)):
        x = radius * side
        strip = curve(
            [(x - width, top + 8), (x + width, top + 5), (x + width, bottom - 6), (x - width, bottom - 9)]
        )
        canvas.paint(strip, Material((255, 255, 255), 0.9, 0.0, 0.4))
    canvas.paint(rectangle(-4, top - 42, 2.0, 30, 4, 0.9), Material((255, 255, 255), 0.9, 0.0, 0.5))


def glass_jar(canvas: Canvas) -> None:
    """A clear jam jar with a screw lid and a little jam left."""
    rng = canvas.rng
    clear = Material((186, 208, 204), 0.95, 0.0, 0.46)
    canvas.lathe([(-60, 32), (-52, 33), (-40, 44), (60, 45), (70, 40)], clear, round_off=6, depth=0.9)
    jam = label.ink(rng, ((128, 26, 36), (206, 126, 32), (92, 40, 66)))
    pool = curve(path("-40,40 -10,50 22,44 41,52 42,64 0,69 -41,63"))
    canvas.paint(pool, Material(jam, 0.8, 0.0, 0.85))
    lid = label.ink(rng)
    canvas.lathe([(-84, 35), (-80, 37), (-60, 37)], Material(lid, 0.7, 0.25), round_off=2)
    for k in range(5):
        canvas.paint(rectangle(0, -77 + 4 * k, 74, 0.9), Material((20, 20, 20), 0.3, 0.0, 0.25))
    image = label.brand(rng, ("JAM", "HONEY", "PICKLES")[int(rng.integers(3))], (244, 238, 222), lid)
    canvas.lathe([(-16, 45), (36, 45)], Material((240, 236, 224), 0.15), image=image, round_off=0, depth=0.9)
    streaks(canvas, 44, -34, 66)


def drink_can(canvas: Canvas) -> None:
    """An aluminium can, sometimes dented, its lid and pull tab towards the camera."""
    rng = canvas.rng
    ground = label.ink(rng)
    text = ("COLA", "BEER", "TEA", "SODA", "COFFEE")[int(rng.integers(5))]
    image = label.brand(rng, text, ground, (246, 246, 246))
    slim = float(rng.uniform(33, 38))
    canvas.lathe([(-66, slim - 7), (-54, slim), (62, slim), (74, slim - 8)], STEEL, round_off=4)
    canvas.lathe([(-52, slim), (62, slim)], Material(ground, 0.75, 0.22), image=image, round_off=0)
    if rng.random() < 0.5:
        dent(canvas, float(rng.uniform(-14, 20)), float(rng.uniform(-10, 40)))
    rim = slim - 6
    canvas.body(ellipse(0, -66, rim, 13), STEEL, 3, 2, lift=slim * 0.35)
    canvas.body(ellipse(0, -66, rim - 3, 10.5), STEEL.coloured((188, 190, 194)), -2, 2, lift=slim * 0.38)
    canvas.paint(ellipse(3, -61, 8, 4), Material((38, 36, 36)))
    canvas.tube(ellipse(0, -70, 7, 3.4, 0, 16), 2.6, STEEL, lift=slim * 0.42)


def dent(canvas: Canvas, x: float, y: float) -> None:
    """A knock: a hollow pressed into the height that is there."""
    at, mask = canvas.cut(ellipse(x, y, 17, 12, 20), pad=2)
    canvas.height[at] -= mask * folds(canvas.rng, (mask.shape[0], mask.shape[1]), 5) * 7


def tin_can(canvas: Canvas) -> None:
    """A ribbed food tin with its lid bent up."""
    rng = canvas.rng
    ribs: list[Point] = []
    for k in range(61):
        y = -42 + k * 1.9
        ribs.append((y, 45 + (1.1 * math.sin(k * 1.45) if 8 < k < 54 else 0)))
    canvas.lathe([(-44, 47), (-41, 47), *ribs[1:-1], (72, 47), (76, 46)], STEEL, round_off=1, depth=0.8)
    if rng.random() < 0.75:
        text = ("TOMATO", "CORN", "TUNA", "BEANS")[int(rng.integers(4))]
        image = label.brand(rng, text, label.ink(rng), (250, 246, 232))
        canvas.lathe([(-22, 46), (58, 46)], Material((220, 60, 50), 0.3), image=image, round_off=0, depth=0.8)
    canvas.body(ellipse(0, -44, 47, 17), STEEL, 3, 2, lift=18)
    canvas.body(ellipse(0, -44, 43, 14), Material((96, 94, 92), 0.5, 0.5), 0.5, 1, lift=8)
    canvas.body(ellipse(0, -38, 34, 7.5), Material((58, 48, 44), 0.4), 0.5, 1, lift=3)
    canvas.body(ellipse(4, -71, 41, 24, -6), STEEL, 3, 3, lift=22)
    canvas.body(ellipse(4, -71, 34, 19, -6), STEEL.coloured((216, 216, 214)), 1.5, 2, lift=21)
    canvas.tube(ellipse(6, -60, 8, 6, 0, 14), 3, STEEL, lift=26)


def foil(canvas: Canvas) -> None:
    """A crumpled sheet of aluminium foil."""
    ring = [(76 * math.cos(t / 4), 64 * math.sin(t / 4)) for t in range(25)]
    silver = Material((214, 216, 220), 0.6, 0.95)
    canvas.body(rough(ring, canvas.rng, 7), silver, 22, 16, creases=46, sharpness=0.6, bumps=3)


def pet_bottle(canvas: Canvas) -> None:
    """A clear drink bottle with a coloured cap, a film label and a ribbed waist."""
    rng = canvas.rng
    tint = ((190, 216, 232), (206, 222, 226), (176, 220, 206))[int(rng.integers(3))]
    clear = Material(tint, 0.95, 0.0, 0.52)
    waist: list[Point] = [(20 + k * 3.0, 29 + 1.6 * math.sin(k * 1.6)) for k in range(20)]
    canvas.lathe(
        [(-74, 10), (-68, 10.5), (-58, 14), (-34, 29), (18, 30), *waist, (82, 30), (92, 24)],
        clear,
        round_off=2,
    )
    if rng.random() < 0.6:
        level = float(rng.uniform(40, 70))
        drink = label.ink(rng, ((150, 80, 20), (210, 226, 236), (226, 150, 30)))
        canvas.paint(rectangle(0, (level + 90) / 2, 54, 90 - level, 0, 8), Material(drink, 0.8, 0.0, 0.45))
    ground = label.ink(rng)
    image = label.brand(rng, ("WATER", "TEA", "JUICE", "COLA")[int(rng.integers(4))], ground, (248, 248, 248))
    canvas.lathe([(-26, 30), (16, 30.6)], Material(ground, 0.7), image=image, round_off=0)
    for y in (28, 40, 52, 64, 76):
        canvas.paint(
            curve(arc(0, y - 6, 29, 7, 160, 20, 9), closed=False) + arc(0, y - 5, 29, 7.6, 20, 160, 9),
            Material((255, 255, 255), 0.9, 0.0, 0.55),
        )
    cap = label.ink(rng)
    canvas.lathe([(-70, 13), (-67, 13)], Material(cap, 0.5), round_off=0)
    canvas.lathe([(-91, 11), (-89, 12.4), (-72, 12.6)], Material(cap, 0.5), round_off=1)
    for x in (-9, -5.5, -2, 2, 5.5, 9):
        canvas.paint(rectangle(x, -80, 0.9, 15), Material((0, 0, 0), 0.3, 0.0, 0.28))
    canvas.paint(rectangle(-17, 0, 3.6, 74, 0, 1.6), SHINE)


def plastic_jug(canvas: Canvas) -> None:
    """A detergent jug with a handle hole and a measuring cap."""
    rng = canvas.rng
    colour = label.ink(rng, ((28, 96, 186), (236, 236, 230), (240, 150, 30), (54, 150, 90), (206, 60, 90)))
    shell = Material(colour, 0.55)
    outline = curve(path("-48,84 -54,20 -46,-34 -22,-56 14,-58 44,-44 54,-8 54,84 0,88"))
    canvas.body(outline, shell, 26, 22)
    hole = curve(path("26,-36 40,-28 43,12 36,26 26,18 24,-16"))
    canvas.body(hole, Material((34, 34, 38), 0.1), -14, 5, lift=16)
    cap = label.ink(rng)
    canvas.lathe([(-60, 17), (-55, 17)], Material(colour, 0.5), x=-14, round_off=1)
    canvas.lathe([(-92, 15), (-89, 17), (-60, 18)], Material(cap, 0.6), x=-14, round_off=2)
    for x in (-26, -20, -14, -8, -2):
        canvas.paint(rectangle(x, -76, 1.2, 26), Material((0, 0, 0), 0.3, 0.0, 0.2))
    image = label.brand(rng, ("WASH", "CLEAN", "SOAP")[int(rng.integers(3))], (246, 246, 242), cap)
    canvas.body(
        rectangle(-10, 42, 70, 64, 0, 12), Material((240, 240, 240), 0.4), 0.6, 2, lift=None, image=image
    )


def plastic_cup(canvas: Canvas) -> None:
    """A see-through milk-tea cup with a domed lid and a straw, a few pearls inside."""
    rng = canvas.rng
    clear = Material((222, 228, 230), 0.9, 0.0, 0.5)
    canvas.tube([(6, -96), (0, -30)], 7, Material(label.ink(rng), 0.5), lift=24)
    canvas.lathe([(-44, 42), (70, 29), (76, 26)], clear, round_off=2, depth=0.8)
    drink = label.ink(rng, ((196, 150, 104), (222, 178, 132), (150, 176, 96)))
    level = float(rng.uniform(-10, 30))
    canvas.paint(
        mirrored([(0, level), (40 - (level + 44) * 0.11, level), (27, 72), (0, 75)]),
        Material(drink, 0.6, 0.0, 0.8),
    )
    for _ in range(14):
        canvas.ball(
            float(rng.uniform(-22, 22)),
            float(rng.uniform(50, 68)),
            4.6,
            4.6,
            Material((44, 26, 20), 0.7),
            lift=18,
        )
    logo = label.ink(rng)
    canvas.paint(ellipse(0, 18, 17, 17), Material((250, 250, 250), 0.6, 0.0, 0.9))
    canvas.paint(curve([(-9, 22), (-4, 8), (10, 10), (8, 24)]), Material(logo, 0.6))
    canvas.lathe(
        [(-66, 20), (-60, 34), (-50, 42)], Material((236, 240, 242), 0.9, 0.0, 0.5), round_off=4, depth=0.8
    )
    canvas.lathe([(-52, 45), (-44, 45)], Material((240, 242, 244), 0.8, 0.0, 0.85), round_off=1, depth=0.8)
    canvas.paint(rectangle(-24, 8, 4, 88, -5, 2), SHINE)


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "glass": (glass_bottle, glass_jar),
    "metal": (drink_can, tin_can, foil),
    "plastic": (pet_bottle, plastic_jug, plastic_cup),
}
