# SPDX-License-Identifier: GPL-3.0-or-later
"""Discs, squares, rings and lines of a constant width on the screen, wherever they lie in the scene."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

DISC, SQUARE, RING = 0.0, 1.0, 2.0
# What was handed to the graphics card since the start: nothing is while nothing changes.
UPLOADS = [0]
_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)], np.float32)

_VERTEX = """
void main()
{
  reach = (form.x + form.y + 3.0) * corner;
  look = form;
  tone = color;
  vec4 place = projection * vec4(pos, 1.0);
  place.xy += 2.0 * reach / viewport * place.w;
  gl_Position = place;
}
"""
_FRAGMENT = """
void main()
{
  float away = (look.z == 1.0) ? max(abs(reach.x), abs(reach.y)) : length(reach);
  float edge = look.x + look.y;
  float line = 1.0 - smoothstep(edge - 0.7, edge + 0.7, away);
  float fill = 1.0 - smoothstep(look.x - 0.7, look.x + 0.7, away);
  float shade = 0.3 * (1.0 - smoothstep(edge, edge + 2.5, away));
  if (look.z == 2.0) {
    float hole = smoothstep(look.x - 2.4, look.x - 1.0, away);
    float rim = smoothstep(look.x - 2.4 - look.y, look.x - 1.0 - look.y, away);
    fill *= hole;
    line *= rim;
    shade *= rim;
  }
  float dark = max(line * 0.85, shade);
  float alpha = fill + dark * (1.0 - fill);
  vec3 colour = mix(vec3(0.02, 0.02, 0.03), tone.rgb, fill / max(alpha, 0.001));
  FragColor = vec4(pow(colour, vec3(2.2)), alpha * tone.a);  /* a viewport's framebuffer encodes what it is given */
}
"""


def discs(places: np.ndarray, colours: Any, forms: Any) -> Any:
    """A batch for `draw_discs`. places: (N, 3) · colours: (N, 4) · forms: (N, 3) radius and outline px, and what it is;
    None of none."""
    if not len(places):
        return None
    values = {
        "pos": np.repeat(places.astype(np.float32), 6, axis=0),
        "corner": np.tile(_CORNERS, (len(places), 1)),
        "color": np.repeat(np.asarray(colours, np.float32), 6, axis=0),
        "form": np.repeat(np.asarray(forms, np.float32), 6, axis=0),
    }
    return _batch(_disc_shader(), "TRIS", values)


def lines(places: np.ndarray, colours: np.ndarray, pairs: np.ndarray) -> Any:
    """A batch for `draw_lines`. places: (N, 3) · colours: (N, 4) · pairs: (P, 2) that are joined; None of none."""
    if not len(pairs):
        return None
    flat = pairs.reshape(-1)
    values = {"pos": places[flat].astype(np.float32), "color": np.asarray(colours, np.float32)[flat]}
    return _batch(_line_shader(), "LINES", values)


def draw_discs(batch: Any, viewport: tuple[int, int]) -> None:
    """With the matrices that are set."""
    if batch is None:
        return
    gpu, shader = graphics(), _disc_shader()
    shader.bind()
    matrix = gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix()
    shader.uniform_float("projection", matrix)
    shader.uniform_float("viewport", viewport)
    batch.draw(shader)


def draw_lines(batch: Any, viewport: tuple[int, int], *, width: float) -> None:
    """With the matrices that are set."""
    if batch is None:
        return
    shader = _line_shader()
    shader.bind()
    shader.uniform_float("viewportSize", viewport)
    shader.uniform_float("lineWidth", width)
    shader.uniform_bool("lineSmooth", True)
    batch.draw(shader)


def graphics() -> Any:
    """Imported where it is used: there is nothing to draw without a window. (The stubs know little of it.)"""
    import gpu

    return gpu


def _batch(shader: Any, kind: str, values: dict[str, np.ndarray]) -> Any:
    from gpu_extras.batch import batch_for_shader

    UPLOADS[0] += 1
    content: Any = values  # arrays are buffers
    return batch_for_shader(shader, kind, content)


@lru_cache(maxsize=1)
def _line_shader() -> Any:
    return graphics().shader.from_builtin("POLYLINE_SMOOTH_COLOR")


@lru_cache(maxsize=1)
def _disc_shader() -> Any:
    gpu = graphics()
    between = gpu.types.GPUStageInterfaceInfo("faceshot_disc")
    between.smooth("VEC2", "reach")
    between.flat("VEC4", "tone")
    between.flat("VEC3", "look")
    info = gpu.types.GPUShaderCreateInfo()
    for number, (kind, name) in enumerate((("VEC3", "pos"), ("VEC2", "corner"), ("VEC4", "color"), ("VEC3", "form"))):
        info.vertex_in(number, kind, name)
    info.vertex_out(between)
    info.push_constant("MAT4", "projection")
    info.push_constant("VEC2", "viewport")
    info.fragment_out(0, "VEC4", "FragColor")
    info.vertex_source(_VERTEX)
    info.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(info)
