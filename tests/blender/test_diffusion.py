# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion look in Blender: what is chosen reaches the engine, and nothing else does."""

import ast


def test_only_what_was_changed_is_asked_for(empty, part):
    properties, verb = part("faceshot_blender.properties"), part("core.verbs.animate")
    choices = empty.context.scene.faceshot_choices
    assert "backend" not in properties.options_of(choices)
    choices.backend = "MOFA"
    choices.sampling = "CUBIC"  # the proxy's own
    assert properties.options_of(choices) == {"backend": "mofa"}
    choices.diffusion.steps, choices.diffusion.strength = 12, 1.25
    made = properties.options_of(choices)
    files = {"picture": "/a.png", "clip": "/b.mp4", "output": "/c"}
    asked = part("core.verbs.options").from_request(verb.AnimateVerb, {**made, **files})
    assert asked.backend == "mofa"
    assert asked.look()["settings"] == {"steps": "12", "strength": "1.25"}


def test_settings_of_the_panel_are_settings_of_the_backend(part, repo_root):
    source = repo_root / "core" / "render" / "mofa" / "settings.py"
    tree = ast.parse(source.read_text(encoding="utf-8"))
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "MofaSettings")
    known = {node.target.id for node in kind.body if isinstance(node, ast.AnnAssign)}
    assert set(part("faceshot_blender.diffusion").NAMES) <= known
