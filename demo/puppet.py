# SPDX-License-Identifier: GPL-3.0-or-later
"""A photograph of a face as a puppet: named coefficients in, a frame out. NumPy and OpenCV only.

The picture lies on two sheets, cut along the mouth: one above, one below. Each coefficient has a smooth displacement
field on each sheet; fields add up, and are inverted by a few fixed-point steps to look the picture up. Between the
sheets shows the mouth's inside, with the photograph's own teeth. Lids are painted over the eyes. The head turns as a
whole, with a little parallax, and fades into the resting background.

Fields are in photograph pixels, frames in pixels of the enlarged crop; `_grid` joins the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import photo
from .brush import spline

SIZE = 640
STEP = 4  # frame pixels per node of the fields
COEFFICIENTS = (
    "jaw_open", "smile_right", "smile_left", "pucker", "inner_brow_up", "brow_down", "lips_closed", "cheek_raise",
)  # fmt: skip
_ITERATIONS = 6
# Rows, columns of the photograph: where the two sheets differ in a frame, and where the mouth's inside is drawn
_MOUTH_BOX = ((96.0, 218.0), (176.0, 274.0))
_INSIDE_BOX = ((132.0, 184.0), (196.0, 254.0))

Field = np.ndarray  # (nodes, nodes, 2) float32


@dataclass(frozen=True, kw_only=True)
class Pose:
    """One frame: coefficients by name (0 to 1; absent ones 0), blink 0..1, head angles in rad and shift in px.

    With smile_right = smile_left = 1 and all others 0 the puppet is the photograph.
    """

    coefficients: dict[str, float]
    blink: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)


def _curve(knots: list[tuple[float, float]], x: np.ndarray) -> np.ndarray:
    path = spline(knots)
    return np.interp(x, path[:, 0], path[:, 1])


def _bump(x, y, centre, radii) -> np.ndarray:
    """A Gaussian hill; radii (right and left, above, below) as standard deviations."""
    wide, above, below = radii
    dy = y - centre[1]
    return np.exp(-0.5 * ((x - centre[0]) / wide) ** 2 - 0.5 * (dy / np.where(dy < 0, above, below)) ** 2)


def _step(value, low: float, high: float) -> np.ndarray:
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _near(y, rim, above: float, below: float) -> np.ndarray:
    """1 at the rim, less farther above and below it."""
    return np.exp(-(((y - rim) / np.where(y < rim, above, below)) ** 2))


class Mouth:
    """The cut: rims of the lips as functions of x, and how open the photograph's mouth is there."""

    def __init__(self) -> None:
        self.left = photo.UPPER_LIP_RIM[0][0]
        self.right = photo.UPPER_LIP_RIM[-1][0]

    def upper(self, x: np.ndarray) -> np.ndarray:
        return _curve(photo.UPPER_LIP_RIM, x)

    def lower(self, x: np.ndarray) -> np.ndarray:
        return _curve(photo.LOWER_LIP_RIM, x)

    def gap(self, x: np.ndarray) -> np.ndarray:
        return self.lower(x) - self.upper(x)

    def arch(self, x: np.ndarray) -> np.ndarray:
        """0 at the corners and beyond, 1 in the middle."""
        t = np.clip((x - self.left) / (self.right - self.left), 0, 1)
        return (4 * t * (1 - t)) ** 0.75


def fields(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Displacement per coefficient at photograph pixels x, y (any one shape): on the upper and on the lower sheet.

    Each (len(COEFFICIENTS), *x.shape, 2), in photograph pixels. The sheets agree everywhere but between the corners
    of the mouth.
    """
    mouth = Mouth()
    common = {name: np.zeros((*x.shape, 2)) for name in COEFFICIENTS}
    above = {name: np.zeros((*x.shape, 2)) for name in COEFFICIENTS}
    below = {name: np.zeros((*x.shape, 2)) for name in COEFFICIENTS}

    def move(name: str, centre, radii, by) -> None:
        common[name] += _bump(x, y, centre, radii)[..., None] * np.asarray(by, np.float64)

    arch, gap = mouth.arch(x), mouth.gap(x)
    near_above = _near(y, mouth.upper(x), 8, 14)
    near_below = _near(y, mouth.lower(x), 14, 11)

    # The jaw: the chin drops, the upper lip stays, the lower lip goes with the chin
    drop = 14.0
    chin = _step(y, 135, 170) * np.exp(-0.5 * ((x - photo.CHIN[0]) / 36) ** 2) * (1 - _step(y, 178, 236))
    common["jaw_open"][..., 1] += drop * chin
    above["jaw_open"][..., 1] -= drop * chin * arch * near_above * 0.9
    below["jaw_open"][..., 1] += drop * (1 - chin) * arch * near_below * 0.92

    # A smile is that of the photograph: fields say how to get rid of it
    for name, side, corner in (("smile_right", 1, photo.POINTS[48]), ("smile_left", -1, photo.POINTS[54])):
        move(name, corner, (10, 9, 10), (-1.2 * side, -6.6))
        move(name, corner + (-9 * side, -12), (12, 9, 10), (-0.4 * side, -2.2))
        move(name, corner + (11 * side, 8), (8, 8, 8), (0, -1.6))

    # Pucker: corners come together and a little up, lips grow fuller
    centre = np.array([224.5, 146.0])
    wide = _bump(x, y, centre, (19, 12, 13))
    common["pucker"][..., 0] -= 0.68 * (x - centre[0]) * wide
    common["pucker"][..., 1] += 0.22 * (y - centre[1]) * _bump(x, y, centre, (13, 9, 11))
    for corner in (photo.POINTS[48], photo.POINTS[54]):
        move("pucker", corner, (9, 8, 9), (0, -2.8))

    # Brows
    for point in ((213.0, 91.0), (238.5, 92.0)):
        move("inner_brow_up", point, (8, 9, 5.5), (0, -7.5))
    for side, point in ((1, (200.0, 88.5)), (-1, (252.0, 91.0))):
        move("brow_down", point, (13, 9, 5), (1.4 * side, 5.6))

    # Lips that close, so that the puppet can rest
    above["lips_closed"][..., 1] += 0.5 * gap * near_above
    below["lips_closed"][..., 1] -= (
        np.clip(0.5 * gap - 0.6, 0, None) * near_below
    )  # what stays is the dark line between
    for point in ((200.0, 118.0), (250.0, 120.0)):
        move("cheek_raise", point, (13, 9, 12), (0, -2.0))

    upper = np.stack([common[name] + above[name] for name in COEFFICIENTS])
    lower = np.stack([common[name] + below[name] for name in COEFFICIENTS])
    return upper, lower


def moved_points(coefficients: dict[str, float]) -> np.ndarray:
    """Where the photograph's 68 points go, (68, 2), without blink and head: what a tracker should see."""
    weights = _weights(coefficients)
    upper, lower = fields(photo.POINTS[:, 0], photo.POINTS[:, 1])
    on_lower = np.zeros(68, bool)
    on_lower[[*range(3, 14), *range(55, 60), *range(65, 68)]] = True
    field = np.where(on_lower[:, None], np.einsum("k,kpd->pd", weights, lower), np.einsum("k,kpd->pd", weights, upper))
    return photo.POINTS + field


def _weights(coefficients: dict[str, float]) -> np.ndarray:
    """In the order of COEFFICIENTS, counted from the photograph, which smiles."""
    weights = np.array([coefficients.get(name, 0.0) for name in COEFFICIENTS])
    for name in ("smile_right", "smile_left"):
        weights[COEFFICIENTS.index(name)] -= 1
    return weights


class Puppet:
    """The photograph, cut out and enlarged, with all that does not change from frame to frame."""

    def __init__(self, picture: np.ndarray) -> None:
        """picture: the photograph, (512, 512, 3) uint8 RGB."""
        left, top, side = photo.CROP
        self.zoom = SIZE / side
        self.origin = np.array([left, top])
        crop = picture[int(top) : int(top + side), int(left) : int(left + side)]
        large = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_LANCZOS4).astype(np.float32)
        soft = cv2.GaussianBlur(large, (0, 0), 1.6)
        sharp = np.clip(large + 0.7 * (large - soft), 0, 255)
        self.picture = (sharp * self._brow_pencil()).astype(np.uint8)

        node_x, node_y = self._grid(SIZE // STEP)
        upper, lower = fields(node_x, node_y)
        self.fields = np.stack([upper, lower]).astype(np.float32)
        self.nodes = np.stack([node_x, node_y], axis=-1).astype(np.float32)
        self.pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1).astype(np.float32)
        self.box, self.inside = self._window(_MOUTH_BOX), self._window(_INSIDE_BOX)
        self.sheets, self.covers = self._cut()
        self.forehead = (slice(int((70 - top) * self.zoom), int((110 - top) * self.zoom)), slice(None))
        self.wrinkles = self._prepare_wrinkles()
        self.mouth = MouthInside(self.picture, *(axis[self.inside] for axis in self._grid(SIZE)), zoom=self.zoom)
        self.lids = [
            Lid(self.picture, *knots, origin=self.origin, zoom=self.zoom)
            for knots in zip(photo.UPPER_LIDS, photo.LOWER_LIDS, strict=True)
        ]

    def _window(self, box: tuple[tuple[float, float], tuple[float, float]]) -> tuple[slice, slice]:
        """Rows and columns of the frame, from those of the photograph."""
        rows, columns = (
            ((np.array(limits) - start) * self.zoom).astype(int)
            for limits, start in zip(box, self.origin[::-1], strict=True)
        )
        return slice(*rows.tolist()), slice(*columns.tolist())

    def _grid(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Photograph coordinates x and y of the centres of count x count cells of the frame, (count, count) each."""
        axis = (np.arange(count, dtype=np.float64) + 0.5) / count * (SIZE / self.zoom)
        x, y = np.meshgrid(axis + self.origin[0], axis + self.origin[1])
        return x, y

    def _brow_pencil(self) -> np.ndarray:
        """What darkens the thin brows so that they read from afar: a factor per pixel and colour."""
        x, y = self._grid(SIZE)
        dark = np.zeros_like(x)
        for knots in photo.BROWS:
            t = np.clip((x - knots[0][0]) / (knots[-1][0] - knots[0][0]), 0, 1)
            height = 0.5 + 1.3 * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.6
            dark = np.maximum(dark, np.exp(-(((y - _curve(knots, x)) / height) ** 2)) * _step(4 * t * (1 - t), 0, 0.3))
        return 1 - dark[..., None] * np.array([0.42, 0.46, 0.46])

    def _cut(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Pictures and covers of the two sheets. Each goes on beyond its rim in the colours of its lip."""
        mouth = Mouth()
        x, y = self._grid(SIZE)
        upper, lower = mouth.upper(x[:1]), mouth.lower(x[:1])
        covers = [np.clip(side * self.zoom + 0.5, 0, 1).astype(np.float32) for side in (upper - y, y - lower)]
        rows, columns = np.arange(SIZE)[:, None], np.arange(SIZE)
        soft = cv2.GaussianBlur(self.picture, (0, 0), 1.2)
        open_here = mouth.gap(x[0]) > 0.05
        sheets = []
        for rim, other, sign in ((upper[0], lower[0], 1), (lower[0], upper[0], -1)):
            last = ((rim - self.origin[1]) * self.zoom - 2.5 * sign).astype(int)
            end = ((other - self.origin[1]) * self.zoom + 4 * sign).astype(int)
            beyond = ((rows - last) * sign > 0) & ((end - rows) * sign > 0) & open_here
            sheets.append(np.where(beyond[..., None], soft[last, columns], self.picture))
        return sheets, covers

    def frame(self, pose: Pose) -> np.ndarray:
        """(SIZE, SIZE, 3) uint8 RGB."""
        weights = _weights(pose.coefficients).astype(np.float32)
        upper, lower = np.tensordot(weights, self.fields, axes=(0, 1))
        head = self._head(pose)
        picture = self._wrinkled(self.sheets[0], pose.coefficients)
        for lid in self.lids:
            lid.close(picture, pose.blink)
        where = self._full(self._looked_up(upper, head))
        frame = _sample(picture, where)
        where_below = self._full(self._looked_up(lower, head))[self.box]
        above = _sample(self.covers[0], where[self.box])[..., None]
        below = np.minimum(_sample(self.covers[1], where_below)[..., None], 1 - above)
        inside = np.zeros_like(self.picture)
        inside[self.inside] = self.mouth.draw(
            jaw=pose.coefficients.get("jaw_open", 0.0), closed=pose.coefficients.get("lips_closed", 0.0)
        )
        mixed = frame[self.box] * above + _sample(self.sheets[1], where_below) * below
        mixed += _sample(inside, self._full(head)[self.box]) * np.clip(1 - above - below, 0, 1)
        frame[self.box] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
        return frame

    def _prepare_wrinkles(self) -> dict[str, np.ndarray]:
        """Per coefficient: how dark its folds of skin get, 0..1 per pixel."""
        x, y = self._grid(SIZE)
        folds = {}
        for name, lines in photo.WRINKLES.items():
            dark = np.zeros_like(x)
            for start, end, bend in lines:
                (x0, y0), (x1, y1) = start, end
                long = np.hypot(x1 - x0, y1 - y0)
                along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / long**2
                across = ((y - y0) * (x1 - x0) - (x - x0) * (y1 - y0)) / long + bend * 4 * along * (1 - along)
                taper = _step(4 * np.clip(along, 0, 1) * np.clip(1 - along, 0, 1), 0, 0.8)
                dark = np.maximum(dark, np.exp(-((across / 0.9) ** 2)) * taper)
            folds[name] = dark[..., None].astype(np.float32)
        return folds

    def _wrinkled(self, picture: np.ndarray, coefficients: dict[str, float]) -> np.ndarray:
        """A copy of the picture with the folds that the brows make."""
        picture = picture.copy()
        window = self.forehead
        for name, folds in self.wrinkles.items():
            amount = coefficients.get(name, 0.0)
            if amount > 0:
                shade = 1 - amount * folds[window] * np.array([0.15, 0.22, 0.24], np.float32)
                picture[window] = (picture[window] * shade).astype(np.uint8)
        return picture

    def _head(self, pose: Pose) -> Field:
        """Where the nodes of the frame lie on the unturned head, photograph pixels."""
        (cx, cy), (rx, ry) = photo.SKULL
        cos, sin = np.cos(pose.roll), np.sin(pose.roll)
        turn = np.array([[cos, -sin], [sin, cos]], np.float32)
        pivot = np.array(photo.NECK, np.float32)
        shift = np.array(pose.shift, np.float32)
        nodes = cv2.resize(self.nodes, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        place = nodes.copy()
        for _ in range(_ITERATIONS):
            radius = np.hypot((place[..., 0] - cx) / rx, (place[..., 1] - cy) / ry)
            weight = (1 - _step(radius, 1.0, 1.45))[..., None].astype(np.float32)
            depth = 46 * np.clip(1 - radius**2, 0, None)
            depth = depth + 13 * _bump(place[..., 0], place[..., 1], (224.8, 126.0), (8, 14, 7))
            by = (place - pivot) @ turn.T + pivot + shift - place
            by = by + np.stack([-np.sin(pose.yaw) * depth, np.sin(pose.pitch) * depth], axis=-1)
            place = nodes - weight * by.astype(np.float32)
        # the displacement is smooth: the frame's nodes get it from every fourth
        by = cv2.resize(place - nodes, self.nodes.shape[:2], interpolation=cv2.INTER_CUBIC)
        return self.nodes + by

    def _looked_up(self, field: Field, head: Field) -> Field:
        """The forward field inverted: for each node of the frame, the photograph pixel that is seen there."""
        place = head.copy()
        for _ in range(_ITERATIONS):
            nodes = ((place - self.origin) * (self.zoom / STEP) - 0.5).astype(np.float32)
            place = head - cv2.remap(field, nodes, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return place

    def _full(self, nodes: Field) -> np.ndarray:
        """Photograph pixels at nodes to OpenCV frame pixels at every pixel."""
        # displacements, not places: OpenCV's cubic does not keep a straight ramp straight
        by = cv2.resize((nodes - self.nodes) * np.float32(self.zoom), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        return by + self.pixels


def _sample(picture: np.ndarray, where: np.ndarray) -> np.ndarray:
    return cv2.remap(picture, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


class MouthInside:
    """What shows between the lips: a dark cavity, the tongue, the photograph's teeth."""

    def __init__(self, picture: np.ndarray, x: np.ndarray, y: np.ndarray, *, zoom: float) -> None:
        """x, y: photograph pixels of the window that is drawn, `picture` the whole enlarged crop."""
        mouth = Mouth()
        self.x, self.y = x, y
        upper, lower = mouth.upper(x[:1]), mouth.lower(x[:1])
        edge = lower - 0.5 - 0.25 * np.abs(np.sin((x[:1] - 205.0) * 0.62))
        self.cover = (np.clip((edge - y) * zoom * 0.6 + 0.5, 0, 1) * (y > upper - 8))[..., None]
        # the first row of teeth that is seen goes on upwards behind the lip
        left, top = photo.CROP[:2]
        columns = ((x[0] - left) * zoom).astype(int)
        rows = np.maximum((y - top) * zoom, (upper - top) * zoom + 3.5).astype(int)
        self.teeth = picture[rows, columns].astype(np.float64)

    def draw(self, *, jaw: float, closed: float) -> np.ndarray:
        deep = _bump(self.x, self.y, (224.5, 147 + 5 * jaw), (13, 8, 8))[..., None]
        inside = np.array([52.0, 16.0, 16.0]) * (1 - 0.55 * deep)
        tongue = _bump(self.x, self.y, (224.0, 153 + 12 * jaw), (11, 4.5, 9))[..., None] ** 0.8
        inside = inside + tongue * (np.array([146.0, 66.0, 62.0]) - inside) * 0.8 * _step(jaw, 0.2, 0.7)
        inside = inside + (self.teeth * (1 - 0.22 * jaw) - inside) * self.cover
        return np.clip(inside * (1 - 0.8 * _step(closed, 0.3, 1.0)), 0, 255).astype(np.uint8)


class Lid:
    """An upper lid that comes down over an eye: a fold of skin, its crease, the lashes along its edge."""

    def __init__(self, picture: np.ndarray, upper_knots, lower_knots, *, origin: np.ndarray, zoom: float) -> None:
        left, right = (np.array([upper_knots[0][0], upper_knots[-1][0]]) - origin[0]) * zoom
        columns = np.arange(int(left) + 1, int(right))
        x = (columns + 0.5) / zoom + origin[0]
        self.zoom = zoom
        self.upper, self.lower = _curve(upper_knots, x), _curve(lower_knots, x)
        limits = (np.array([self.upper.min() - 6, self.lower.max() + 4]) - origin[1]) * zoom
        rows = np.arange(*limits.astype(int))
        self.window = np.ix_(rows, columns)
        self.y = (rows[:, None] + 0.5) / zoom + origin[1]
        t = (np.arange(len(columns)) + 0.5) / len(columns)
        self.taper = np.clip(np.minimum(t, 1 - t) * 8, 0, 1)
        soft = cv2.GaussianBlur(picture, (0, 0), 3.0)
        over, under = (
            cv2.GaussianBlur(
                soft[((y - origin[1]) * zoom).astype(int), columns][None].astype(np.float32), (0, 0), sigmaX=8, sigmaY=1
            )[0]
            for y in (self.upper - 4.5, self.lower + 3.5)
        )
        # Lid skin is a little darker and warmer than its surroundings, lightest where it bulges most
        along = np.clip((self.y - (self.upper - 3)) / np.maximum(self.lower - self.upper + 3, 1), 0, 1)[..., None]
        bulge = np.exp(-(((along - 0.45) / 0.38) ** 2)) * np.sin(np.pi * t)[None, :, None] ** 0.7
        self.skin = (over * (1 - along) + under * along) * (np.array([0.9, 0.85, 0.83]) + 0.13 * bulge)

    def close(self, picture: np.ndarray, blink: float) -> None:
        """Paint it into the enlarged crop, lowered by `blink` of 0 (not at all) to 1."""
        if blink <= 0:
            return
        y, taper, upper = self.y, self.taper, self.upper
        edge = upper + blink * (self.lower + 0.3 - upper)
        top = np.clip((y - (upper - 3.6 * taper)) / 1.8, 0, 1) * _step(blink, 0.0, 0.3)
        cover = (top * np.clip((edge - y) * self.zoom * 0.5 + 0.5, 0, 1) * np.clip(taper * 1.5, 0, 1))[..., None]
        out = picture[self.window] * (1 - cover) + self.skin * cover
        crease = np.exp(-(((y - (upper - 2.4 * taper)) / 0.7) ** 2)) * taper * _step(blink, 0.1, 0.6)
        out *= 1 - crease[..., None] * np.array([0.16, 0.21, 0.23])
        lash = np.exp(-((np.abs(y - edge) / (0.35 + 0.6 * taper)) ** 3)) * (0.3 + 0.6 * taper) * _step(blink, 0.0, 0.25)
        out += (np.array([58, 36, 28]) - out) * (lash[..., None] * 0.88)
        picture[self.window] = np.clip(out, 0, 255).astype(np.uint8)
