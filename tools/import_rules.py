# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom: the rings of docs/architecture.md, as a function from a file's text to its faults."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# Files of the core that may import more than NumPy. All others are ring 1.
HEAVY_PLACES = ("core/track", "core/match", "core/render", "core/farm", "core/video", "core/picture", "core/hub")
HEAVY_PACKAGES = frozenset(
    {"cv2", "av", "ai_edge_litert", "torch", "torchvision", "diffusers", "transformers", "safetensors"}
    | {"huggingface_hub", "ray", "openjd"}
)
BLENDER_PACKAGES = frozenset(
    {"bpy", "bpy_extras", "bpy_types", "bl_ui", "bl_operators", "mathutils", "bmesh", "gpu", "gpu_extras"}
    | {"aud", "blf", "imbuf", "idprop", "addon_utils", "rna_prop_ui"}
)
# Ring 2 knows nothing of these.
FACE = ("ops", "ui", "engine_client", "job", "preferences", "properties", "commands")
# build.py runs these before any environment exists, and Blender runs the engine maker.
BARE_CORE = ("core/__init__.py", "core/errors.py", "core/progress.py", "core/base_python.py", "core/engine_maker.py")
# These tools run inside an environment that build.py has made.
TOOLS_OF_ENVIRONMENTS = ("tools/demo_blend.py", "tools/demo_movie.py", "tools/bench_worker.py", "tools/quick_exit.py")


@dataclass(frozen=True)
class Import:
    """One import of a file: `name` is a dotted package name, or, where `path`, a place in this repository."""

    name: str
    line: int
    at_import_time: bool
    local: bool = False


def is_heavy(place: str) -> bool:
    """Whether a file or package of the core may hold heavy imports.

    >>> is_heavy("core/track/mesh.py"), is_heavy("core/picture.py"), is_heavy("core/picture_header.py")
    (True, True, False)
    """
    stem = place.removesuffix(".py")
    return any(stem == heavy or stem.startswith(heavy + "/") for heavy in HEAVY_PLACES)


def imports_of(tree: ast.Module, place: str) -> Iterator[Import]:
    """All imports of a file, also those inside functions; relative ones resolved to places such as `core/errors`."""
    for node, at_import_time in _walk(tree, at_import_time=True):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_import_time)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield Import(node.module or "", node.lineno, at_import_time)
        elif isinstance(node, ast.ImportFrom):
            package = PurePosixPath(place).parents[node.level - 1]
            base = package.joinpath(*(node.module or "").split(".")) if node.module else package
            # `from . import name` may name a module of the package.
            for alias in node.names:
                yield Import((base / alias.name).as_posix(), node.lineno, at_import_time, local=True)
        elif isinstance(node, ast.Call) and node.args and _called(node) in ("import_module", "__import__"):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and not first.value.startswith("."):
                yield Import(first.value, node.lineno, at_import_time)


def _walk(node: ast.AST, *, at_import_time: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _is_type_checking(child.test):
            continue  # never runs
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, at_import_time
        yield from _walk(child, at_import_time=at_import_time and not inside)


def _is_type_checking(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def faults(source: str, place: str) -> list[str]:
    """What a file at `place` (from the root, with forward slashes) does against the rules; empty when all is well."""
    tree = ast.parse(source)
    found = [f"{place}:{item.line}: {fault}" for item in imports_of(tree, place) if (fault := _fault(item, place))]
    if place.startswith(("core/", "faceshot_blender/")) or place == "__init__.py":
        found += [f"{place}:{line}: edits the module search path" for line in _path_edits(tree)]
    return found


def _fault(item: Import, place: str) -> str:
    if item.local:
        return _local_fault(item, place)
    package = item.name.partition(".")[0]
    if package in sys.stdlib_module_names:
        return ""
    if place in BARE_CORE:
        return f"{package}: the standard library only"
    if place.startswith("core/"):
        if package == "numpy" or (is_heavy(place) and package in HEAVY_PACKAGES):
            return ""
        return f"{item.name}: {'not known to the engine' if is_heavy(place) else 'ring 1 has NumPy only'}"
    if place.startswith("faceshot_blender/"):
        if package in BLENDER_PACKAGES or (package == "numpy" and place.startswith("faceshot_blender/scene/")):
            return ""
        return f"{item.name}: {'numbers belong to scene/ or the core' if package == 'numpy' else 'not in Blender'}"
    return _tool_fault(item, place)


def _tool_fault(item: Import, place: str) -> str:
    if place in TOOLS_OF_ENVIRONMENTS:
        return ""
    if not item.name.startswith("core"):
        return "" if item.name.startswith("tools") else f"{item.name}: the standard library only"
    target = item.name.replace(".", "/") + ".py"
    return "" if item.name == "core" or target in BARE_CORE else f"{item.name}: needs more than the standard library"


def _local_fault(item: Import, place: str) -> str:
    target = item.name
    if place.startswith("core/"):
        if not target.startswith("core/") and target != "core":
            return f"{target}: the core knows nothing above it"
        if is_heavy(target) and not is_heavy(place) and item.at_import_time:
            return f"{target}: heavy, so import it where it is used"
        bare = place not in BARE_CORE or any(target.startswith(name.removesuffix(".py")) for name in BARE_CORE)
        return "" if bare else f"{target}: needs more than the standard library"
    if place.startswith("faceshot_blender/") and is_heavy(target):
        return f"{target}: the heavy core runs in the engine's process"
    if place.startswith("faceshot_blender/scene/"):
        above = [f"faceshot_blender/{name}" for name in FACE]
        if any(target == name or target.startswith(name + "/") for name in above):
            return f"{target}: scene/ is below operators, panels and the engine client"
    return ""


def _path_edits(tree: ast.Module) -> Iterator[int]:
    """Lines that touch sys.path, or add a site folder."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = getattr(node.value, "id", "")
            if (owner, node.attr) in (("sys", "path"), ("site", "addsitedir")):
                yield node.lineno


def checked_files(root: Path) -> list[str]:
    """All files that the rules speak about."""
    places = [root / "build.py", root / "__init__.py"]
    for folder in ("core", "faceshot_blender", "tools"):
        places += sorted((root / folder).rglob("*.py"))
    return [path.relative_to(root).as_posix() for path in places]


def ring1_modules(root: Path) -> list[str]:
    """The dotted names of the core's light modules."""
    places = [place for place in checked_files(root) if place.startswith("core/") and not is_heavy(place)]
    stems = [place.removesuffix(".py").removesuffix("/__init__") for place in places]
    return [stem.replace("/", ".") for stem in stems if not stem.endswith("__main__")]
