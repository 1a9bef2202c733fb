"""Recyclables of fibre: paper, cardboard and textile."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from simulators.pictures import label
from simulators.pictures.canvas import Canvas, Material
from simulators.pictures.outline import Points, curve, ellipse, path, rectangle, rough

Variant = Callable[[Canvas], None]

KRAFT = Material((184, 142, 94), 0.03)
STITCH = Material((30, 30, 40), 0.0, 0.0, 0.35)


def newspaper(canvas: Canvas) -> None:
    """A folded front page, its second sheet showing."""
    rng = canvas.rng
    page = label.newspaper(rng, ("DAILY NEWS", "EVENING", "MORNING", "CITY POST")[int(rng.integers(4))])
    sheet = Material((224, 220, 208), 0.02)
    canvas.body(rough(rectangle(5, 4, 116, 152, 4), rng, 1.5), sheet.coloured((206, 202, 190)), 4, 3, bumps=1)
    canvas.body(
        rough(rectangle(0, 0, 116, 150, 0), rng, 1.2), sheet, 6, 3, lift=2, bumps=1.6, creases=2, image=page
    )
    canvas.paint(rectangle(0, 1, 116, 1.4), Material((90, 88, 84), 0.0, 0.0, 0.45))


def crumpled_paper(canvas: Canvas) -> None:
    """A sheet of office paper crushed to a ball."""
    rng = canvas.rng
    ring = [
        (
            math.cos(t / 26 * 2 * math.pi) * rng.uniform(54, 66),
            math.sin(t / 26 * 2 * math.pi) * rng.uniform(48, 60),
        )
        for t in range(26)
    ]
    white = Material((238, 238, 234), 0.03)
    canvas.body(ring, white, 38, 30, creases=44, sharpness=0.85, bumps=5)
    if rng.random() < 0.7:
        for k in range(7):
            y = -30 + 9 * k
            run = rough([(x, y + 4 * math.sin(x / 14 + k)) for x in range(-34, 36, 7)], rng, 1.2)
            strip = [*run, *((x, y + 1.6) for x, y in reversed(run))]
            canvas.paint(strip, Material((70, 74, 92), 0.0, 0.0, 0.5))


def magazine(canvas: Canvas) -> None:
    """A glossy cover with a portrait and big letters, pages showing at the edge."""
    rng = canvas.rng
    ground, skin = label.ink(rng), label.ink(rng, ((232, 190, 160), (206, 160, 124)))
    cover = Image.new("RGB", (200, 260), ground)
    pen = ImageDraw.Draw(cover)
    pen.ellipse([46, 70, 154, 190], fill=(46, 32, 28))
    pen.polygon([(20, 260), (60, 196), (140, 196), (180, 260)], fill=label.ink(rng))
    pen.rectangle([86, 160, 114, 206], fill=skin)
    pen.ellipse([66, 88, 134, 180], fill=skin)
    pen.pieslice([60, 70, 140, 156], 180, 360, fill=(46, 32, 28))
    pen.pieslice([66, 88, 134, 180], 30, 150, fill=(196, 148, 116))
    pen.ellipse([70, 116, 98, 138], fill=(24, 22, 26))
    pen.ellipse([102, 116, 130, 138], fill=(24, 22, 26))
    pen.rectangle([90, 121, 110, 124], fill=(24, 22, 26))
    pen.ellipse([90, 154, 110, 163], fill=(176, 44, 52))
    cover = cover.filter(ImageFilter.GaussianBlur(1.2))
    label.word(
        cover, ("STYLE", "TRAVEL", "MUSIC", "TASTE")[int(rng.integers(4))], (100, 34), 52, (250, 250, 250), 2
    )
    label.lines(cover, (10, 200, 60, 250), rng, 11, (250, 240, 120))
    label.lines(cover, (146, 90, 192, 150), rng, 10, (250, 250, 250))
    for k in range(4):
        canvas.body(
            rectangle(3 - k, 3 - k, 112, 148, 0, 1), Material((236, 234, 228), 0.1), 2, 1, lift=k * 1.2
        )
    canvas.body(
        rectangle(-2, -2, 112, 148, 0, 1), Material(ground, 0.55), 2, 2, lift=5, bumps=1.3, image=cover
    )
    canvas.paint(rectangle(-56, -2, 3, 148), Material((255, 255, 255), 0.5, 0.0, 0.3))


def carton_box(canvas: Canvas) -> None:
    """A brown shipping box with tape, one flap standing open."""
    rng = canvas.rng
    w, h = float(rng.uniform(112, 128)), float(rng.uniform(88, 108))
    canvas.body(rectangle(0, 0, w, h), KRAFT.coloured((166, 126, 80)), 26, 2)
    canvas.body(rectangle(0, -h / 4 - 0.6, w, h / 2 - 1.2), KRAFT, 27, 1.5, bumps=0.8)
    canvas.body(
        rectangle(0, h / 4 + 0.6, w, h / 2 - 1.2), KRAFT.coloured((190, 149, 101)), 27, 1.5, bumps=0.8
    )
    for k in range(-18, 19):
        canvas.paint(rectangle(k * 3.4, 0, 0.8, h), Material((130, 94, 54), 0.0, 0.0, 0.1))
    canvas.body(rectangle(0, 0, w, 15), Material((206, 178, 122), 0.7), 0.4, 0.8, lift=None)
    flap = [(-w / 2, h / 2), (w / 2, h / 2), (w / 2 + 6, h / 2 + 17), (-w / 2 + 5, h / 2 + 20)]
    canvas.body(flap, KRAFT.coloured((206, 168, 120)), 14, 3, lift=4)
    paper = Image.new("RGB", (80, 56), (242, 242, 238))
    pen = ImageDraw.Draw(paper)
    for k in range(22):
        pen.rectangle([8 + k * 3, 6, 8 + k * 3 + int(rng.integers(0, 2)), 24], fill=(20, 20, 20))
    label.lines(paper, (8, 30, 72, 54), rng, 7, (60, 60, 60))
    canvas.body(
        rectangle(-w / 5, -h / 3.6, 44, 28, 3), Material((240, 240, 240), 0.3), 0.4, 1, lift=None, image=paper
    )
    ink = Material((92, 60, 32), 0.0, 0.0, 0.8)
    for x in (w / 5, w / 3):
        canvas.paint([(x - 6, h / 3.2), (x, h / 5.5), (x + 6, h / 3.2)], ink)
        canvas.paint(rectangle(x, h / 2.75, 3, 12), ink)


def drink_carton(canvas: Canvas) -> None:
    """A gable-top milk carton lying on its back."""
    rng = canvas.rng
    ground = label.ink(rng, ((24, 96, 180), (214, 50, 54), (34, 140, 80)))
    front = Image.new("RGB", (120, 180), (246, 246, 242))
    pen = ImageDraw.Draw(front)
    pen.rectangle([0, 0, 120, 62], fill=ground)
    pen.polygon(path("0,62 0,88 34,72 70,92 120,68 120,62"), fill=ground)
    label.word(front, ("MILK", "JUICE", "SOY")[int(rng.integers(3))], (60, 40), 34, (255, 255, 255), 2)
    pen.ellipse([34, 100, 86, 152], fill=label.ink(rng))
    pen.ellipse([46, 108, 62, 124], fill=(255, 255, 255))
    label.lines(front, (16, 158, 104, 176), rng, 6, (90, 90, 110))
    canvas.body(rectangle(40, 20, 16, 128), Material((214, 216, 214), 0.3), 24, 2)
    canvas.body([(-36, -44), (36, -44), (25, -80), (-25, -80)], Material(ground, 0.35), 22, 6)
    canvas.body([(34, -44), (48, -42), (26, -78), (24, -80)], Material((206, 208, 206), 0.3), 18, 4)
    canvas.body(rectangle(0, -83, 62, 12), Material((240, 240, 236), 0.3), 14, 2, lift=6)
    canvas.paint(rectangle(0, -79, 62, 1), STITCH)
    canvas.body(
        rectangle(-2, 20, 72, 128, 0, 1), Material((240, 240, 240), 0.4), 30, 3, bumps=0.8, image=front
    )
    canvas.lathe([(-70, 7), (-58, 8)], Material(label.ink(rng), 0.5), lift=20, round_off=1)


def pizza_box(canvas: Canvas) -> None:
    """A flat pizza box with a printed slice and a grease stain."""
    rng = canvas.rng
    board = KRAFT if rng.random() < 0.5 else Material((228, 222, 208), 0.05)
    canvas.body(rectangle(0, 0, 142, 142, 0, 3), board.coloured((160, 122, 78)), 7, 2)
    canvas.body(rectangle(0, -3, 142, 136, 0, 3), board, 9, 3, bumps=0.9)
    red = Material(label.ink(rng, ((190, 36, 32), (30, 110, 60))), 0.05)
    canvas.paint(ellipse(0, -4, 54, 54), red)
    canvas.paint(ellipse(0, -4, 49, 49), board)
    canvas.paint(curve(path("-32,4 -24,10 24,10 32,4 26,0 -26,0")), Material((190, 120, 50)))
    canvas.paint([(-27, 10), (27, 10), (0, 44)], Material((238, 186, 70)))
    for x, y in ((-10, 17), (9, 18), (0, 30)):
        canvas.paint(ellipse(x, y, 5, 5), Material((186, 44, 34)))
    text = Image.new("L", (130, 44))
    ImageDraw.Draw(text).text((65, 22), "PIZZA", fill=255, font=label.face(40), anchor="mm", stroke_width=2)
    mask = np.asarray(text, np.float32) * np.float32(1 / 255)
    at = (slice(108, 152), slice(95, 225))
    canvas.lay(at, mask, red, None)
    canvas.paint(
        curve(rough(ellipse(44, 44, 20, 15, 0, 12), rng, 3)), Material((120, 80, 34), 0.3, 0.0, 0.35)
    )
    for x in (-50, 50):
        canvas.paint(rectangle(x, 62, 22, 2), Material((60, 40, 24), 0.0, 0.0, 0.7))


def t_shirt(canvas: Canvas) -> None:
    """A T-shirt laid flat with wrinkles and a print or stripes."""
    rng = canvas.rng
    colour = label.ink(rng, (*label.BRIGHT, (238, 238, 234), (50, 54, 62)))
    cloth = Material(colour, 0.02)
    half: Points = path("15,-72 34,-66 56,-54 84,-22 62,-4 46,-20 47,30 49,80 0,84")
    neck: Points = [(-15, -72), (-8, -62), (0, -59), (8, -62)]
    outline = [*neck, *half, *((-x, y) for x, y in reversed(half[:-1]))]
    canvas.body(rough(outline, rng, 0.8), cloth, 12, 5, bumps=3, creases=22, sharpness=0.5)
    shade = Material((0, 0, 0), 0.0, 0.0, 0.3)
    canvas.tube([(-15, -72), (-9, -61), (0, -57), (9, -61), (15, -72)], 4, cloth, lift=None)
    canvas.paint(
        curve(path("-13,-72 0,-68 13,-72 7,-63 0,-61 -7,-63")),
        Material((30, 28, 30), 0, 0, 0.6),
    )
    for side in (-1, 1):
        canvas.paint([(side * 46, -20), (side * 47, -21), (side * 38, -62), (side * 36, -62)], shade)
        canvas.paint([(side * 60, -7), (side * 81, -25), (side * 80, -27), (side * 58, -9)], shade)
    canvas.paint(rectangle(0, 77, 96, 1), shade)
    if rng.random() < 0.5:
        for k in range(5):
            canvas.paint(rectangle(0, -30 + k * 21, 95, 8), Material((250, 248, 240), 0.02, 0, 0.85))
    else:
        canvas.paint(ellipse(0, 0, 24, 24), Material(label.ink(rng), 0.04, 0, 0.9))
        star = [
            (r * math.sin(k * math.pi / 5), -r * math.cos(k * math.pi / 5))
            for k in range(10)
            for r in ((18, 8)[k % 2],)
        ]
        canvas.paint(star, Material((250, 244, 220), 0.04))


def sock(canvas: Canvas) -> None:
    """A striped sock with a contrasting heel, toe and ribbed cuff."""
    rng = canvas.rng
    cloth, accent = Material(label.ink(rng), 0.01), Material(label.ink(rng), 0.01)
    outline = curve(
        path("-46,-86 -12,-86 -10,-40 -8,2 14,22 54,26 76,38 80,58 64,72 16,72 -30,70 -48,50 -48,-10")
    )
    canvas.body(outline, cloth, 15, 12, bumps=2.4)
    canvas.paint([(52, 16), (96, 20), (96, 90), (46, 86), (46, 50)], accent)
    canvas.paint(curve([(-54, 14), (-30, 18), (-12, 40), (-14, 76), (-56, 80)]), accent)
    for y in (-48, -32, -16):
        canvas.paint(rectangle(-28, y, 46, 7), accent)
    for k in range(9):
        canvas.paint(rectangle(-44 + 3.8 * k, -74, 1.2, 20), Material((0, 0, 0), 0, 0, 0.22))
    canvas.mottle(0.07, 120)


def shoe(canvas: Canvas) -> None:
    """A trainer from the side: sole, laces, stripe."""
    rng = canvas.rng
    upper, accent = (
        Material(label.ink(rng, (*label.BRIGHT, (60, 62, 70))), 0.12),
        Material(label.ink(rng), 0.12),
    )
    sole = curve(path("-84,30 -84,50 -60,56 0,55 60,58 86,50 90,34 40,30 -40,28"))
    canvas.body(sole, Material((240, 238, 232), 0.15), 22, 6)
    top = curve(path("-82,34 -82,-10 -74,-44 -58,-46 -34,-34 -16,-36 6,-18 34,2 66,10 86,24 84,36 0,38"))
    canvas.body(top, upper, 30, 20, bumps=1.4)
    mouth = curve(path("-70,-40 -56,-42 -34,-30 -20,-31 -30,-22 -56,-26"))
    canvas.body(mouth, Material((38, 34, 36)), -8, 4, lift=24)
    canvas.body(curve([(54, 14), (74, 14), (88, 28), (84, 38), (50, 38)]), accent, 3, 4, lift=None)
    canvas.paint(curve([(-40, 34), (-6, 2), (8, 4), (-20, 34)]), Material((250, 250, 250), 0.12))
    canvas.paint(curve([(-82, 34), (-82, 6), (-66, 10), (-58, 34)]), accent)
    for k in range(5):
        x, y = -16 + 11.5 * k, -26 + 8.2 * k
        canvas.tube([(x - 6, y + 14), (x + 7, y - 1)], 3.6, Material((250, 250, 246)), lift=None)
    for k in range(16):
        canvas.paint(rectangle(-80 + 10.5 * k, 52, 1.4, 8), Material((60, 60, 60), 0, 0, 0.5))


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "paper": (newspaper, crumpled_paper, magazine),
    "cardboard": (carton_box, drink_carton, pizza_box),
    "textile": (t_shirt, sock, shoe),
}
