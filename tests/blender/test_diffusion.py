# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion look in Blender: what is chosen reaches the engine, and nothing else does."""

import ast


def test_only_what_was_changed_is_asked_for(empty, part):
    properties, verb = part("faceshot_blender.properties"), part("core.verbs.animate")
    choices = empty.context.scene.faceshot_choices
    assert "backend" not in properties.options_of(choices)
    choices.backend = "MOFA"
    choices.sampling, choices.background = "CUBIC", "SOFT"  # the proxy's own
    assert properties.options_of(choices) == {"backend": "mofa"}
    choices.diffusion.steps, choices.diffusion.strength = 12, 1.25
    made = properties.options_of(choices)
    files = {"picture": "/a.png", "clip": "/b.mp4", "output": "/c"}
    asked = part("core.verbs.options").from_request(verb.AnimateVerb, {**made, **files})
    assert asked.backend == "mofa"
    assert asked.look()["settings"] == {"steps": "12", "strength": "1.25"}


def test_parts_of_the_face_are_switched(empty, part, draw, picture):
    properties, diffusion = part("faceshot_blender.properties"), part("faceshot_blender.diffusion")
    choices = empty.context.scene.faceshot_choices
    choices.backend = "MOFA"
    assert {("prop", name) for name in diffusion.PARTS} <= set(draw())
    choices.diffusion.parts = {"inner_lips", "eyes"}
    assert properties.options_of(choices)["setting"] == {"parts": "eyes+inner_lips"}
    assert empty.ops.faceshot.make_plane(filepath=str(picture)) == {"FINISHED"}
    choices.clip, choices.folder, choices.diffusion.parts = "/a/b.mp4", str(picture.parent), set()
    assert "Choose at least one of the parts" in " ".join(words for _, words in draw())


def test_settings_of_the_panel_are_settings_of_the_backend(part, repo_root):
    source = repo_root / "core" / "render" / "mofa" / "settings.py"
    tree = ast.parse(source.read_text(encoding="utf-8"))
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "MofaSettings")
    known = {node.target.id for node in kind.body if isinstance(node, ast.AnnAssign)}
    diffusion = part("faceshot_blender.diffusion")
    assert set(diffusion.NAMES) <= known
    drawing = ast.parse(source.with_name("drawing.py").read_text(encoding="utf-8"))
    (parts,) = [
        node.value
        for node in drawing.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "PARTS"
    ]
    assert [key.value for key in parts.keys] == list(diffusion.PARTS)
