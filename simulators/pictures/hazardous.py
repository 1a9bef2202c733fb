"""Hazardous waste: batteries, lamps, medicine and paint."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from simulators.pictures import label
from simulators.pictures.canvas import Canvas, Colour, Material
from simulators.pictures.outline import Points, arc, curve, ellipse, path, rectangle, rough

Variant = Callable[[Canvas], None]

STEEL = Material((206, 208, 210), 0.6, 0.85)
GOLD = Material((206, 158, 78), 0.5, 0.4)
PRINTS: tuple[Colour, ...] = ((24, 24, 26), (20, 70, 150), (30, 120, 70), (150, 24, 30))


def wrap(canvas: Canvas, text: str) -> Image.Image:
    """A battery's sleeve: dark with a copper end, plus and minus, its size."""
    rng = canvas.rng
    ground = label.ink(rng, ((26, 26, 28), (24, 74, 156), (30, 116, 70), (164, 30, 34)))
    image = Image.new("RGB", (110, 200), ground)
    pen = ImageDraw.Draw(image)
    copper = label.ink(rng, ((206, 130, 60), (214, 180, 60), (200, 200, 204)))
    pen.rectangle([0, 0, 110, 58], fill=copper)
    pen.rectangle([0, 60, 110, 63], fill=(240, 240, 236))
    label.word(image, "+", (55, 22), 40, (30, 30, 30), 2)
    label.word(image, text, (55, 112), 40, (244, 244, 240), 2)
    label.lines(image, (26, 146, 84, 166), rng, 7, (206, 206, 206))
    pen.rectangle([43, 182, 67, 187], fill=(244, 244, 240))
    return image


def cells(canvas: Canvas) -> None:
    """One or two AA cells side by side, a little corroded."""
    rng = canvas.rng
    thick = float(rng.uniform(19, 23))
    for x in (-thick - 3, thick + 3) if rng.random() < 0.5 else (0.0,):
        flip = float(rng.uniform(-4, 4))
        canvas.lathe([(-82 + flip, 7), (-72 + flip, 7.4)], STEEL, x=x, lift=12, round_off=1)
        canvas.lathe(
            [(-74 + flip, thick - 4), (-71 + flip, thick), (78 + flip, thick), (81 + flip, thick - 2)],
            STEEL,
            x=x,
            round_off=2,
        )
        image = wrap(canvas, ("AA", "AAA", "1.5V")[int(rng.integers(3))])
        canvas.lathe(
            [(-68 + flip, thick + 0.4), (75 + flip, thick + 0.4)],
            Material((60, 60, 60), 0.75),
            x=x,
            image=image,
            round_off=0,
        )
        if rng.random() < 0.5:
            rust = curve(rough(ellipse(x + 4, 76 + flip, 14, 6, 0, 9), rng, 2.5))
            canvas.paint(rust, Material((206, 214, 196), 0.02, 0, 0.85))


def button_cells(canvas: Canvas) -> None:
    """Three coin cells, engraved."""
    rng = canvas.rng
    for x, y, full in ((-38, -22, 40), (42, -30, 29), (14, 44, 36)):
        r = full * float(rng.uniform(0.9, 1.06))
        canvas.body(ellipse(x, y, r, r, 0, 48), STEEL.coloured((188, 190, 192)), 13, 5)
        canvas.body(
            ellipse(x, y, r * 0.86, r * 0.86, 0, 48), STEEL.coloured((222, 223, 224)), 2.5, 2, lift=13
        )
        canvas.paint(ellipse(x, y, r * 0.8, r * 0.8, 0, 48), Material((214, 216, 218), 0.6, 0.55))
        ink = Material((96, 98, 102), 0.2, 0.3)
        canvas.paint(rectangle(x, y - r * 0.42, r * 0.4, 2.6), ink)
        canvas.paint(rectangle(x, y - r * 0.42, 2.6, r * 0.4), ink)
        face = Image.new("RGB", (90, 40), (208, 210, 212))
        label.word(face, "CR2032" if r > 33 else "LR44", (45, 14), 21, (84, 86, 90), 1)
        label.word(face, "3V", (45, 32), 14, (104, 106, 110), 0)
        canvas.body(
            rectangle(x, y + r * 0.12, r * 1.2, r * 0.5),
            Material((210, 212, 214), 0.6, 0.45),
            0,
            1,
            lift=None,
            image=face,
        )


def nine_volt(canvas: Canvas) -> None:
    """A 9 V block with its two snap terminals."""
    image = wrap(canvas, "9V")
    label.word(image, "9V", (55, 112), 54, (250, 240, 200), 3)
    canvas.body(rectangle(0, 10, 84, 138, 0, 5), STEEL, 34, 5)
    canvas.body(rectangle(0, 12, 84, 128, 0, 4), Material((40, 40, 44), 0.6), 35, 6, image=image)
    canvas.body(rectangle(0, -61, 80, 12, 0, 3), Material((34, 34, 36), 0.3), 26, 3)
    canvas.lathe([(-84, 11), (-80, 13), (-68, 13)], STEEL, x=-21, lift=14, round_off=1)
    canvas.lathe([(-86, 15), (-79, 16), (-76, 12), (-68, 12)], STEEL, x=21, lift=14, round_off=1)
    for x in (12, 21, 30):
        canvas.paint(rectangle(x, -82, 1.6, 9), Material((40, 40, 40), 0.2))


def blister_pack(canvas: Canvas) -> None:
    """A foil card of tablets, some pressed out."""
    rng = canvas.rng
    card = Material((204, 206, 210), 0.5, 0.45)
    canvas.body(rectangle(0, 0, 92, 140, 0, 9), card, 4, 2, bumps=1.6)
    for k in range(22):
        canvas.paint(rectangle(0, -66 + 6.3 * k, 90, 0.7), Material((120, 124, 130), 0.4, 0.2, 0.35))
    long = rng.random() < 0.5
    pill: Colour = label.ink(rng, ((246, 246, 242), (236, 150, 150), (242, 200, 90), (150, 196, 226)))
    for row in range(5):
        for x in (-22.0, 22.0):
            y = -52 + 26.0 * row
            rx, ry = (14.0, 8.5) if long else (10.5, 10.5)
            if rng.random() < 0.3:
                canvas.body(
                    rough(ellipse(x, y, rx, ry, 0, 14), rng, 1.2),
                    Material((70, 72, 76), 0.4, 0.3),
                    -3,
                    3,
                    lift=4,
                )
                canvas.paint(
                    rough(ellipse(x + 2, y + 1, rx * 0.5, ry * 0.5, 0, 7), rng, 1.5),
                    Material((30, 30, 32), 0.2),
                )
                continue
            canvas.ball(x, y, rx + 2.5, ry + 2.5, Material((222, 226, 228), 0.9, 0, 0.5), lift=3)
            canvas.ball(x, y, rx, ry, Material(pill, 0.75), lift=5)
            canvas.tube(
                [(x - rx * 0.5, y), (x + rx * 0.5, y)], 1.4, Material((170, 160, 160), 0.3), lift=None
            )


def capsules(canvas: Canvas) -> None:
    """Loose two-colour capsules and white tablets."""
    rng = canvas.rng
    first, second = label.ink(rng), label.ink(rng, ((246, 246, 240), (244, 206, 70), (250, 250, 250)))
    spots = path("-50,-38 4,-52 54,-30 -28,4 30,10 -56,40 -4,48 52,50")
    for k, (x, y) in enumerate(rough(spots, rng, 3)):
        turn = float(rng.uniform(0, math.pi))
        dx, dy = 15 * math.cos(turn), 15 * math.sin(turn)
        if k % 4 == 3:
            canvas.body(ellipse(x, y, 15, 15), Material((246, 245, 240), 0.2), 9, 5)
            canvas.tube(
                [(x - dx * 0.8, y - dy * 0.8), (x + dx * 0.8, y + dy * 0.8)],
                2,
                Material((190, 188, 182)),
                lift=None,
            )
            continue
        canvas.tube([(x - dx, y - dy), (x + dx, y + dy)], 19, Material(second, 0.9))
        canvas.tube([(x - dx, y - dy), (x + dx * 0.05, y + dy * 0.05)], 20.5, Material(first, 0.9))


def pill_bottle(canvas: Canvas) -> None:
    """An amber pharmacy bottle, white ribbed cap, a label with a cross."""
    rng = canvas.rng
    amber = Material(label.ink(rng, ((206, 104, 22), (190, 84, 20), (240, 240, 236))), 0.9, 0.0, 0.88)
    for x, y in ((-20, 60), (4, 66), (22, 58), (-8, 50)):
        canvas.ball(x, y, 11, 9, Material((244, 240, 230), 0.5), lift=10)
    canvas.lathe([(-50, 33), (-40, 40), (70, 40), (78, 34)], amber, round_off=4, depth=0.9)
    canvas.lathe([(-86, 38), (-82, 41), (-50, 42)], Material((244, 244, 242), 0.4), round_off=2, depth=0.9)
    for k in range(-9, 10):
        canvas.paint(rectangle(42 * math.sin(k / 6.2), -66, 1.2, 30), Material((120, 122, 126), 0.2, 0, 0.45))
    image = Image.new("RGB", (130, 90), (248, 248, 244))
    pen = ImageDraw.Draw(image)
    red = label.ink(rng, ((206, 30, 36), (20, 130, 80), (24, 90, 170)))
    pen.rectangle([0, 0, 130, 16], fill=red)
    pen.rectangle([58, 24, 70, 56], fill=red)
    pen.rectangle([48, 34, 80, 46], fill=red)
    label.word(image, "Rx", (28, 40), 24, (40, 40, 50), 1)
    label.lines(image, (30, 62, 100, 88), rng, 8, (90, 92, 100))
    canvas.lathe(
        [(-24, 40.4), (44, 40.4)], Material((246, 246, 242), 0.3), image=image, round_off=0, depth=0.9
    )


def paint_can(canvas: Canvas) -> None:
    """A paint tin from above and in front: handle, lid ajar or off, runs of paint."""
    rng = canvas.rng
    paint = Material(label.ink(rng), 0.85)
    canvas.lathe([(-36, 56), (66, 56), (72, 57), (76, 55)], STEEL, round_off=1, depth=0.7)
    image = Image.new("RGB", (150, 110), (244, 244, 240))
    pen = ImageDraw.Draw(image)
    tint = tuple(int(channel) for channel in paint.colour)
    pen.rectangle([0, 0, 150, 34], fill=label.ink(rng, ((40, 44, 50), (30, 60, 120), (90, 30, 40))))
    pen.rectangle([0, 92, 150, 110], fill=tint)
    label.word(image, "PAINT", (75, 62), 36, (44, 46, 52), 2)
    label.lines(image, (46, 80, 104, 90), rng, 6, (120, 120, 124))
    canvas.lathe(
        [(-20, 56.4), (60, 56.4)], Material((240, 240, 236), 0.4), image=image, round_off=0, depth=0.7
    )
    canvas.tube(
        curve(arc(0, -8, 60, 64, 8, 172, 14), closed=False), 3.4, STEEL.coloured((150, 152, 154)), lift=38
    )
    for x in (-57.0, 57.0):
        canvas.ball(x, -2, 6, 7, STEEL, lift=22)
    canvas.body(ellipse(0, -38, 58, 27, 0, 48), STEEL, 4, 2, lift=34)
    canvas.body(ellipse(0, -38, 53, 23.5, 0, 48), STEEL.coloured((120, 120, 122)), -3, 2, lift=36)
    canvas.body(ellipse(0, -37, 49, 20.5, 0, 48), paint, 1, 2, lift=30)
    for k in range(3):
        x = -36.0 + 32 * k + float(rng.uniform(-9, 9))
        top = -38 + 25 * math.sqrt(max(0.0, 1 - (x / 58) ** 2))
        run = float(rng.uniform(8, 34))
        drip: Points = [(x, top - 4), (x, top + run * 0.6), (x + 0.5, top + run)]
        canvas.tube(drip, 8.5, paint, lift=34)
        canvas.ball(x + 0.5, top + run, 5, 6, paint, lift=35)
    canvas.body(curve(rough(ellipse(0, -37, 40, 15, 0, 12), rng, 3)), paint.toned(1.2), 0.5, 3, lift=None)


def spray_can(canvas: Canvas) -> None:
    """An aerosol of paint, its nozzle bare, with the flame of its warning label."""
    rng = canvas.rng
    colour = label.ink(rng)
    image = Image.new("RGB", (110, 150), (238, 238, 234))
    pen = ImageDraw.Draw(image)
    pen.rectangle([0, 0, 110, 46], fill=colour)
    pen.polygon([(0, 46), (110, 46), (110, 54), (0, 78)], fill=colour)
    label.word(image, "SPRAY", (55, 26), 30, (250, 250, 250), 2)
    pen.polygon(
        [(55, 80), (80, 105), (55, 130), (30, 105)], fill=(250, 250, 250), outline=(200, 30, 30), width=4
    )
    pen.polygon([(55, 88), (66, 108), (60, 118), (50, 118), (45, 106)], fill=(24, 24, 24))
    label.lines(image, (30, 134, 80, 148), rng, 6, (110, 110, 110))
    canvas.lathe(path("-60,9 -56,14 -50,26 -44,30 82,30 88,31 91,28"), STEEL, round_off=2)
    canvas.lathe([(-40, 30.4), (80, 30.4)], Material(colour, 0.75), image=image, round_off=0)
    canvas.lathe([(-68, 6), (-58, 7)], STEEL, lift=12, round_off=0)
    canvas.lathe([(-84, 7), (-82, 9.5), (-66, 10)], Material((240, 240, 238), 0.5), lift=12, round_off=1)
    canvas.ball(0, -77, 2.2, 2.2, Material((30, 30, 30)), lift=20)
    canvas.paint(curve(rough(ellipse(3, -68, 9, 6, 0, 8), rng, 1.5)), Material(colour, 0.6, 0, 0.8))


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "battery": (cells, button_cells, nine_volt),
    "medicine": (blister_pack, capsules, pill_bottle),
    "paint_can": (paint_can, spray_can),
}
