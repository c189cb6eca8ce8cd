# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes and mouths of drawings, measured in pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.character import Character
from core.landmarks import PARTS, template
from core.picture import Picture
from core.render.proxy import ProxyCanvas

SKIN, LINE, WHITE, IRIS = (245, 200, 170), (60, 30, 30), (255, 255, 255), (60, 120, 160)
SIZE, FINE = 320, 4
EYES = ((110, 130), (210, 130))
RADII = (26, 30)


def draw(*, eye: str = "ring", mouth: str = "line", skin=SKIN, alpha: bool = False, seed: int | None = None):
    """A flat face and the places of its parts: pixels (320, 320, C), points (68, 2)."""
    image = np.full((SIZE * FINE, SIZE * FINE, 3), (150, 200, 220), np.uint8)

    def at(point):
        return tuple(round(value * FINE) for value in point)

    def oval(centre, radii, colour, thickness=-1):
        cv2.ellipse(image, at(centre), at(radii), 0, 0, 360, colour, thickness * FINE if thickness > 0 else -1)

    oval((160, 170), (120, 130), skin)
    points = 100 * template() + (160, 130)
    for number, centre in enumerate(EYES):
        start = 36 + 6 * number
        if eye == "dot":
            oval(centre, (12, 15), LINE)
            radii = (12, 15)
        else:
            oval(centre, (RADII[0] + 3, RADII[1] + 3), LINE)
            oval(centre, (RADII[0] - 3, RADII[1] - 3), WHITE)
            oval(centre, (13, 13), IRIS)
            oval(centre, (6, 6), (20, 20, 30))
            radii = (0.75 * RADII[0], 0.75 * RADII[1])
            if eye == "half":
                oval(centre, (RADII[0] - 3, RADII[1] - 3), skin)
                lower = np.zeros(image.shape[:2], np.uint8)
                cv2.ellipse(lower, at(centre), at((RADII[0] - 3, RADII[1] - 3)), 0, 0, 180, 255, -1)
                image[lower > 0] = WHITE
                cv2.ellipse(image, at(centre), at((13, 13)), 0, 0, 180, IRIS, -1)
                ends = (centre[0] - RADII[0], centre[1]), (centre[0] + RADII[0], centre[1])
                cv2.line(image, at(ends[0]), at(ends[1]), LINE, 5 * FINE)
                radii = RADII
        angle = np.radians([180, 125, 55, 0, -55, -125])
        ring = np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] - radii[1] * np.sin(angle)], axis=-1)
        if eye == "half":
            ring[:4, 1] = centre[1]
        points[start : start + 6] = ring
        brow = np.stack([np.linspace(centre[0] - 26, centre[0] + 26, 5), np.full(5, centre[1] - 58.0)], axis=-1)
        points[17 + 5 * number : 22 + 5 * number] = brow
        cv2.line(image, at(brow[0]), at(brow[-1]), LINE, 6 * FINE)
    x = np.linspace(130, 190, 7)
    if mouth == "line":
        cv2.line(image, at((130, 230)), at((190, 230)), LINE, 5 * FINE)
        points[48:55] = np.stack([x, np.full(7, 227.5)], axis=-1)
        points[55:60] = np.stack([x[5:0:-1], np.full(5, 232.5)], axis=-1)
    else:
        cv2.ellipse(image, at((160, 230)), at((30, 10)), 0, 0, 360, (200, 80, 80), -1)
        cv2.line(image, at((132, 230)), at((188, 230)), (110, 30, 40), 2 * FINE)
        height = 10 * np.sqrt(np.clip(1 - ((x - 160) / 30) ** 2, 0, 1))
        points[48:55] = np.stack([x, 230 - height], axis=-1)
        points[55:60] = np.stack([x[5:0:-1], 230 + height[5:0:-1]], axis=-1)
    inner = np.linspace(133, 187, 5)
    points[60:65] = np.stack([inner, np.full(5, 230.0)], axis=-1)
    points[65:68] = points[[63, 62, 61]]
    pixels = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    if seed is not None:
        grain = np.random.default_rng(seed).normal(0, 4, pixels.shape)
        pixels = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    if alpha:
        pixels = np.dstack([pixels, np.full((SIZE, SIZE), 255, np.uint8)])
    return pixels, points


def canvas_of(pixels, points, **facts) -> ProxyCanvas:
    return ProxyCanvas(Picture(pixels=pixels), Character(points=points, size=(SIZE, SIZE), **facts), background="soft")


def blinked(points, share: float = 1.0):
    moved = points.copy()
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        moved[upper] += share * (points[lower] - points[upper])
    return moved


def opened(points, by: float = 30.0):
    moved = points.copy()
    moved[[65, 66, 67]] += np.outer([0.8, 1, 0.8], (0, by))
    moved[55:60] += np.outer([0.7, 0.9, 1, 0.9, 0.7], (0, by))
    moved[5:12] += (0, 0.8 * by)
    return moved


def around_eye(image, number: int, margin: float = 10):
    centre = EYES[number]
    reach = RADII[0] + margin, RADII[1] + margin
    y, x = (slice(int(centre[k] - reach[k]), int(centre[k] + reach[k])) for k in (1, 0))
    return image[y, x]


@pytest.mark.parametrize("eye", ["ring", "dot", "half"])
@pytest.mark.parametrize("alpha", [False, True])
def test_drawings_come_back_bit_for_bit(eye, alpha):
    pixels, points = draw(eye=eye, alpha=alpha)
    canvas = canvas_of(pixels, points)
    canvas.frame(opened(blinked(points)))
    assert np.array_equal(canvas.frame(points), pixels)


def test_a_drawn_eye_larger_than_its_points_closes_without_white():
    pixels, points = draw()
    canvas = canvas_of(pixels, points)
    assert set(canvas.layers.shapes) == {"right_eye", "left_eye"}
    closed = canvas.frame(blinked(points))
    for number in (0, 1):
        before, after = (around_eye(image, number) for image in (pixels, closed))
        assert (before.min(axis=-1) > 235).sum() > 500
        assert (after.min(axis=-1) > 215).sum() == 0
        # The iris is gone, too.
        assert (np.abs(after.astype(int) - IRIS).max(axis=-1) < 20).sum() == 0


def test_the_outline_becomes_the_lash_line():
    pixels, points = draw()
    closed = canvas_of(pixels, points).frame(blinked(points))
    column = closed[EYES[0][1] - RADII[1] - 8 : EYES[0][1] + RADII[1] + 12, EYES[0][0]].astype(int)
    dark = np.flatnonzero(np.abs(column - LINE).max(axis=-1) < 40)
    # One line of about the outline's thickness (6 px), low down.
    assert 4 <= len(dark) <= 10
    assert np.ptp(dark) == len(dark) - 1
    assert dark[0] > 1.5 * RADII[1]
    rest = np.delete(column, np.arange(dark[0] - 2, dark[-1] + 3), axis=0)
    assert np.abs(rest - SKIN).max() < 12


def test_a_closing_lid_leaves_the_brow():
    pixels, points = draw()
    closed = canvas_of(pixels, points).frame(blinked(points))
    brow = np.s_[64:80, 80:140]
    assert np.abs(closed[brow].astype(int) - pixels[brow]).max() < 8


def test_an_eye_opening_wider_shows_no_outline_inside():
    pixels, points = draw()
    wide = canvas_of(pixels, points).frame(blinked(points, -0.15))
    column = wide[EYES[0][1] - RADII[1] + 4 : EYES[0][1] - 16, EYES[0][0]]
    assert column.min() > 200
    assert (around_eye(wide, 0).min(axis=-1) > 235).sum() > 1.05 * (around_eye(pixels, 0).min(axis=-1) > 235).sum()


@pytest.mark.parametrize("alpha", [False, True])
def test_a_dot_closes_to_a_line_of_its_own_colour(alpha):
    pixels, points = draw(eye="dot", alpha=alpha)
    canvas = canvas_of(pixels, points)
    assert [shape.dot for shape in canvas.layers.shapes.values()] == [True, True]
    closed = canvas.frame(blinked(points))
    for number in (0, 1):
        dark = np.abs(around_eye(closed, number)[..., :3].astype(int) - LINE).max(axis=-1) < 60
        rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
        assert 2 <= len(rows) <= 9
        assert len(columns) >= 22
    # Nothing is left of the open one, and nothing is see-through.
    other = np.abs(around_eye(closed, 0)[..., :3].astype(int) - SKIN).max(axis=-1) > 12
    assert other.sum() < 30 * 9
    if alpha:
        assert (closed[..., 3] == 255).all()


def test_a_dot_moves_whole():
    pixels, points = draw(eye="dot")
    moved = canvas_of(pixels, points).frame(np.add(points, (12.0, 5.0)))
    centre = EYES[0][0] + 12, EYES[0][1] + 5
    there = moved[centre[1] - 20 : centre[1] + 20, centre[0] - 18 : centre[0] + 18].astype(int)
    here = pixels[EYES[0][1] - 20 : EYES[0][1] + 20, EYES[0][0] - 18 : EYES[0][0] + 18].astype(int)
    assert np.abs(there - here).mean() < 1.5
    assert np.abs(there - here).max() < 40


def test_a_lid_within_a_ring_closes_and_the_ring_stays():
    pixels, points = draw(eye="half")
    canvas = canvas_of(pixels, points)
    shape = canvas.layers.shapes["right_eye"]
    assert shape.lid is not None
    closed = canvas.frame(blinked(points))
    top = np.s_[EYES[0][1] - RADII[1] - 6 : EYES[0][1] - RADII[1] + 2, EYES[0][0] - 8 : EYES[0][0] + 8]
    assert np.abs(closed[top].astype(int) - pixels[top]).max() < 40
    white = (around_eye(pixels, 0).min(axis=-1) > 235).sum()
    assert (around_eye(closed, 0).min(axis=-1) > 235).sum() < 0.08 * white


def test_grain_does_not_hide_a_drawn_eye():
    plain, grainy = canvas_of(*draw()), canvas_of(*draw(seed=1))
    assert not grainy.style.clean
    assert plain.style.flat == 1.0
    assert set(grainy.layers.shapes) == {"right_eye", "left_eye"}
    for name, shape in plain.layers.shapes.items():
        assert np.abs(grainy.layers.shapes[name].points - shape.points).max() < 2


def test_lids_of_saturated_skin_do_not_wrap_around():
    pixels, points = draw(skin=(255, 228, 110), seed=2)
    closed = canvas_of(pixels, points).frame(blinked(points)).astype(int)
    assert (closed[90:170, 70:250, 1] - closed[90:170, 70:250, 0]).max() < 60


def test_a_line_opens_between_two_lines():
    pixels, points = draw()
    canvas = canvas_of(pixels, points)
    column = canvas.frame(opened(points))[222:275, 160].astype(int)
    line = np.abs(column - LINE).max(axis=-1) < 20
    skin = np.abs(column - SKIN).max(axis=-1) < 20
    inner = np.flatnonzero(~line & ~skin)
    upper, lower = np.flatnonzero(line[: inner[0] + 4]), np.flatnonzero(line[inner[-1] - 3 :])
    assert 3 <= len(upper) <= 7
    assert 3 <= len(lower) <= 7
    # Between them the cavity, and a tongue of flesh
    assert len(inner) > 15
    flesh = column[inner]
    assert (flesh[:, 0] > flesh[:, 1] + 40).sum() > 5


def test_flat_pictures_get_flat_mouths():
    pixels, points = draw(mouth="lips")
    drawn = canvas_of(pixels, points).frame(opened(points, 24.0))
    inside = drawn[232:250, 145:175].reshape(-1, 3)
    colours, counts = np.unique(inside // 8, axis=0, return_counts=True)
    assert np.sort(counts)[::-1][:4].sum() > 0.6 * len(inside)
    assert len(colours) < 60


def test_a_mouth_without_lips_has_no_human_teeth():
    pixels, points = draw(seed=3)
    points[48:55, 1], points[55:60, 1] = 229.0, 231.0
    drawn = canvas_of(pixels, points).frame(opened(points))
    assert drawn[233:255, 145:175].min(axis=-1).max() < 150


def test_missing_eyes_are_left_alone():
    pixels, points = draw(eye="dot")
    present = frozenset(PARTS) - {"right_eye", "left_eye"}
    drawn = canvas_of(pixels, points, present=present).frame(opened(blinked(points)))
    for number in (0, 1):
        before, after = (around_eye(image, number, -8).astype(int) for image in (pixels, drawn))
        assert np.abs(before - after).mean() < 6


def test_gaze_brings_no_outline_into_the_eye():
    pixels, points = draw()
    iris = np.array(EYES, np.float64)
    looking = canvas_of(pixels, points, iris=iris).frame(points, iris - (9.0, 0.0))
    inside = looking[EYES[0][1] - 3 : EYES[0][1] + 3, EYES[0][0] + 6 : EYES[0][0] + RADII[0] - 5]
    assert inside.min() > 225


@pytest.mark.parametrize("share", [0.35, 0.5])
def test_points_that_lie_within_a_large_eye_do_not_make_its_iris_an_outline(share):
    """A detector's points are often narrower than the drawn eye: what is dark beyond them is not a line."""
    from demo.cast import CAST

    drawing = CAST["toon"](512)
    points = drawing.points.copy()
    for name in ("right_eye", "left_eye"):
        eye = points[PARTS[name]]
        middle = eye.mean(axis=0)
        points[PARTS[name]] = middle + (eye - middle) * (0.8, share)
    canvas = ProxyCanvas(
        Picture(pixels=drawing.pixels), Character(points=points, size=drawing.size, present=drawing.present)
    )
    for shape in canvas.layers.shapes.values():
        assert max(shape.band) < 0.25 * np.ptp(drawing.points[PARTS["right_eye"], 0])
        assert np.ptp(shape.points[:, 1]) > np.ptp(points[PARTS["right_eye"], 1])  # the eye as it is drawn, or none
