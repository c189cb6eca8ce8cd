# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion look in Blender: what is chosen reaches the engine, and nothing else does."""

import ast
import re
from types import SimpleNamespace

import pytest


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


LACKING = {"diffusion_gb": 7.5, "diffusion_licence": "Some License", "diffusion_page": "https://example.org/a"}


def test_look_offers_the_networks_that_it_lacks(empty, draw):
    choices = empty.context.scene.faceshot_choices
    button = ("button", "Fetch Diffusion Networks (7.5 GB)")
    assert button not in draw(**LACKING)  # the proxy needs none
    choices.backend = "MOFA"
    assert button not in draw()
    seen = draw(**LACKING)
    assert button in seen
    assert ("button", "Open the Licence's Page") in seen
    assert "Accept the Some License on its page" in " ".join(words for _, words in seen)


def test_networks_that_are_there_are_noticed(part, tmp_path, monkeypatch):
    readiness, hub_models = part("faceshot_blender.readiness"), part("core.hub_models")
    monkeypatch.setenv("FACESHOT_MODELS", str(tmp_path))
    monkeypatch.delenv("FACESHOT_MOFA", raising=False)
    seen = readiness.look()
    assert seen.diffusion_gb == hub_models.MOFA.size / 1e9
    assert seen.diffusion_page == hub_models.MOFA.parts[0].page
    for piece in hub_models.MOFA.parts:
        for file in piece.files:
            path = tmp_path / "mofa" / piece.roots[0] / file.place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
    seen = readiness.look()
    assert seen.diffusion_gb == 0
    assert not seen.has_network  # they find no faces


def test_fetching_asks_the_engine_for_the_networks(part, monkeypatch):
    setup = part("faceshot_blender.ops.setup")
    for kind, name in ((setup.FACESHOT_OT_fetch_network, "mesh-468"), (setup.FACESHOT_OT_fetch_diffusion, "mofa")):
        job = setup._Fetching.plan(kind, None)
        assert (job.verb, job.arguments) == ("models", {"action": "fetch", "what": name})


def test_the_dialog_says_how_much_and_whose(part, recorder):
    setup, hub_models = part("faceshot_blender.ops.setup"), part("core.hub_models")
    layout = recorder()
    setup.FACESHOT_OT_fetch_diffusion.draw(SimpleNamespace(layout=layout), None)
    said = " ".join(words for _, words in layout.seen)
    assert "7.5 GB" in said
    assert "accept it on its page" in said
    for piece in hub_models.MOFA.parts:
        assert piece.title in said
        assert piece.licence in said


def test_a_network_that_lacks_names_its_own_button(part):
    failures, errors = part("faceshot_blender.failures"), part("core.errors")
    for hint, words in (
        ("Fetch them with `python -m core models fetch mofa`; or name a folder.", "Fetch Diffusion Networks"),
        ("Get one with `python -m core models fetch mesh-468`.", "Fetch Face Network"),
        ("Look at https://huggingface.co/a/b.", "https://huggingface.co/a/b"),
    ):
        error = errors.FaceShotError(errors.ErrorCode.MODEL_MISSING, "It lacks.", hint=hint)
        assert words in failures._remedy(error)


@pytest.fixture
def measured(part, tmp_path, monkeypatch):
    """A machine whose card has drawn frames before."""
    calibration, estimates = part("core.calibration"), part("faceshot_blender.estimates")
    monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path / "cache"))
    card = calibration.Card(device="cuda", name="Some Card", torch="2", precision="float16", memory=24e9)
    seconds = {"load": 9.0, "motion": 0.05, "conditions": 0.3, "step": 0.4, "frame": 0.06}
    pace = calibration.Pace(card=card, size=(512, 512), seconds=seconds, grown=1.1)
    calibration.Calibration().noted(pace).save()
    yield
    estimates.forget()


def test_what_it_will_take_stands_beside_the_button(empty, part, draw, measured, monkeypatch):
    facts, estimates = part("faceshot_blender.clip_facts"), part("faceshot_blender.estimates")
    scene = empty.context.scene
    choices = scene.faceshot_choices
    choices.plane = part("faceshot_blender.scene.plane").plane_showing(
        scene, empty.data.images.new("a", 8, 8), name="a"
    )
    choices.clip, choices.folder = "/a/b.mp4", "/out"
    monkeypatch.setitem(facts.KNOWN, ("/a/b.mp4", ""), facts.ClipFacts(96, 24.0, (64, 48)))

    def said():
        return " ".join(words for _, words in draw())

    assert "GB" not in said()
    choices.backend = "MOFA"
    assert "GB" not in said(), "nobody has looked yet"
    estimates.look()
    few = estimates.known(96, {"steps": "5"}).seconds
    assert few < estimates.known(96, {}).seconds
    assert re.search(r"Frames 1 to 96 at 24 fps: about \d+ min( \d+ s)?, \d+ GB", said())
    choices.diffusion.size = 1024
    assert "about" in said()
