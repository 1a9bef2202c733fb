"""Deposit pictures, drawn: what a bin's own camera would see of one thing dropped on its panel.

`studio.draw(item, seed)` gives the JPEG. Items are modelled as colour, height and gloss on a canvas
(`canvas.py`, one file per kind of waste) and lit afterwards (`light.py`, `panel.py`), so that shade,
shadow and highlight agree however an item lies. Nothing here is a photograph, and nothing is traced from one.
"""
