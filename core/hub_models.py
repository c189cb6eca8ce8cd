# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that are published as repositories of a model hub: which files, at which commit, whose, and what is here.

Nothing here talks to the hub; hub.py does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .arrays import write_atomically
from .errors import ErrorCode, FaceShotError
from .fetch import file_sha256
from .progress import Progress, silent

RECORD = "fetched.json"
FORMAT = "faceshot.fetched"
HUB = "https://huggingface.co"


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """path: in the repository · place: below the part's folder · size: bytes, as far as they were known when this was
    written · also: other places where the loaders find it · needed: the loaders read it.
    """

    path: str
    place: str
    size: int
    also: tuple[str, ...] = ()
    needed: bool = True


@dataclass(frozen=True, kw_only=True)
class HubPart:
    """Files of one repository that belong together.

    revision: the commit that is fetched · gated: its licence has to be accepted on its page · exact: the sizes are the
    published ones, not estimates · roots: where its folder may lie, the first is where it is put · with_notices:
    licence and card of the repository come with it.
    """

    title: str
    repository: str
    revision: str
    gated: bool
    licence: str
    licence_url: str
    exact: bool
    roots: tuple[str, ...]
    files: tuple[HubFile, ...]
    with_notices: bool = True

    @property
    def page(self) -> str:
        """Where it is published, and where a gated one is asked for."""
        return f"{HUB}/{self.repository}"

    @property
    def size(self) -> int:
        """Bytes of its files, see `exact`."""
        return sum(file.size for file in self.files)

    def root(self, folder: Path) -> Path:
        """Where the part lies: the first of its places that holds any of its files."""
        places = [Path(os.path.normpath(folder / root)) for root in self.roots]
        return next((place for place in places if any(_is_here(place, file) for file in self.files)), places[0])

    def missing(self, folder: Path) -> list[Path]:
        """What the loaders need and is not there."""
        root = self.root(folder)
        return [root / file.place for file in self.files if file.needed and not _is_here(root, file)]


def _is_here(root: Path, file: HubFile) -> bool:
    return any((root / place).is_file() for place in (file.place, *file.also))


@dataclass(frozen=True, kw_only=True)
class HubModel:
    """A model of several parts. variable: the environment variable that names a folder of the user's for it."""

    name: str
    title: str
    variable: str
    parts: tuple[HubPart, ...]

    @property
    def size(self) -> int:
        """Bytes to fetch, about."""
        return sum(part.size for part in self.parts)

    @property
    def licence(self) -> str:
        return "; ".join(dict.fromkeys(part.licence for part in self.parts))

    @property
    def licence_url(self) -> str:
        return self.parts[0].licence_url

    @property
    def origin(self) -> str:
        return ", ".join(dict.fromkeys(part.page for part in self.parts))

    def folder(self, models: Path, environment: Mapping[str, str] = os.environ) -> Path:
        """Where it is kept and looked for: the user's own folder, else one of its name among the models.

        >>> MOFA.folder(Path("models"), {}).as_posix(), MOFA.folder(Path("models"), {"FACESHOT_MOFA": "/m"}).as_posix()
        ('models/mofa', '/m')
        """
        chosen = environment.get(self.variable, "")
        return Path(chosen).expanduser() if chosen else models / self.name


# The table ------------------------------------------------------------------------------------------------------------

SVD = "stable-video-diffusion-img2vid-xt-1-1"
CONTROL = "ldmk_controlnet"
MOTION = "ckpt_iter_42000.pth.tar"
_CMP = "models/cmp/experiments/semiauto_annot/resnet50_vip+mpii_liteflow/checkpoints"
_HYBRID, _HYBRID_COMMIT = "MyNiuuu/MOFA-Video-Hybrid", "0a0f26cba07a53a08618f4c428cc06e9e6dee9fb"


def _tensors(folder: str, stem: str, size: int) -> HubFile:
    """The half-precision variant of a part of a diffusion model; the loaders take the full one as well."""
    place = f"{folder}/{stem}.fp16.safetensors"
    return HubFile(path=place, place=place, size=size, also=(f"{folder}/{stem}.safetensors",))


def _in_models(place: str, size: int, *also: str) -> HubFile:
    return HubFile(path=f"models/{place}", place=place, size=size, also=also)


def _same(path: str, size: int, *, needed: bool = True) -> HubFile:
    return HubFile(path=path, place=path, size=size, needed=needed)


MOFA = HubModel(
    name="mofa",
    title="Diffusion look: Stable Video Diffusion led by MOFA-Video's landmark adapter",
    variable="FACESHOT_MOFA",
    parts=(
        HubPart(
            title="Stable Video Diffusion XT 1.1, half precision",
            repository=f"stabilityai/{SVD}",
            revision="043843887ccd51926e3efed36270444a838e7861",
            gated=True,
            licence="Stability AI Community License",
            licence_url="https://stability.ai/license",
            exact=True,
            roots=(SVD, f"mofa/{SVD}", f"ckpts/mofa/{SVD}"),
            files=(
                _same("model_index.json", 496, needed=False),
                _same("feature_extractor/preprocessor_config.json", 518, needed=False),
                _same("scheduler/scheduler_config.json", 533),
                _same("image_encoder/config.json", 685),
                _same("unet/config.json", 984),
                _same("vae/config.json", 607),
                _tensors("image_encoder", "model", 1264217240),
                _tensors("unet", "diffusion_pytorch_model", 3049435836),
                _tensors("vae", "diffusion_pytorch_model", 195531910),
            ),
        ),
        HubPart(
            title="Landmark adapter of MOFA-Video",
            repository=_HYBRID,
            revision=_HYBRID_COMMIT,
            gated=False,
            licence="Apache-2.0 as its page says; trained from Stable Video Diffusion",
            licence_url="https://github.com/MyNiuuu/MOFA-Video/blob/main/LICENSE",
            exact=False,
            roots=(CONTROL, f"mofa/{CONTROL}", f"ckpts/mofa/{CONTROL}"),
            files=(
                HubFile(path=f"ckpts/mofa/{CONTROL}/config.json", place="config.json", size=1500),
                HubFile(
                    path=f"ckpts/mofa/{CONTROL}/diffusion_pytorch_model.safetensors",
                    place="diffusion_pytorch_model.safetensors",
                    size=2889900000,  # its parameters in single precision
                    also=("diffusion_pytorch_model.fp16.safetensors",),
                ),
            ),
        ),
        HubPart(
            title="Motion network (CMP)",
            repository=_HYBRID,
            revision=_HYBRID_COMMIT,
            gated=False,
            licence="Apache-2.0 as its page says; none found with its authors' code",
            licence_url="https://github.com/XiaohangZhan/conditional-motion-propagation",
            exact=False,
            roots=("", "cmp", _CMP, f"../{_CMP}"),
            files=(HubFile(path=f"{_CMP}/{MOTION}", place=MOTION, size=115000000),),
            with_notices=False,
        ),
    ),
)

ADAPTER = "ip-adapter_sd15"

FEATURES = HubModel(
    name="features",
    title="Landmarks by features: Stable Diffusion 1.5, guided by the look of another picture (IP-Adapter)",
    variable="FACESHOT_FEATURES",
    parts=(
        HubPart(
            title="Stable Diffusion 1.5, half precision",
            repository="stable-diffusion-v1-5/stable-diffusion-v1-5",
            revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
            gated=False,
            licence="CreativeML Open RAIL-M",
            licence_url="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
            exact=True,
            roots=("stable-diffusion-v1-5", "", "sd15"),
            files=(
                _same("model_index.json", 541, needed=False),
                _same("scheduler/scheduler_config.json", 308),
                _same("text_encoder/config.json", 617),
                _same("tokenizer/merges.txt", 524619),
                _same("tokenizer/tokenizer_config.json", 806),
                _same("tokenizer/vocab.json", 1059962),
                _same("unet/config.json", 743),
                _same("vae/config.json", 547),
                _tensors("text_encoder", "model", 246144864),
                _tensors("unet", "diffusion_pytorch_model", 1719125304),
                _tensors("vae", "diffusion_pytorch_model", 167335342),
            ),
        ),
        HubPart(
            title="IP-Adapter for Stable Diffusion 1.5, with its image encoder (CLIP ViT-H/14)",
            repository="h94/IP-Adapter",
            revision="018e402774aeeddd60609b4ecdb7e298259dc729",
            gated=False,
            licence="Apache-2.0 as its page says; the image encoder is OpenCLIP's, MIT",
            licence_url="https://github.com/tencent-ailab/IP-Adapter/blob/main/LICENSE",
            exact=True,
            roots=("ip-adapter", "", "models", "ip-adapter/models", "IP-Adapter/models"),
            files=(
                _in_models(f"{ADAPTER}.safetensors", 44642768, f"{ADAPTER}.bin"),
                _in_models("image_encoder/config.json", 560),
                _in_models("image_encoder/model.safetensors", 2528373448, "image_encoder/model.fp16.safetensors"),
            ),
        ),
    ),
)

HUB_MODELS: Mapping[str, HubModel] = {model.name: model for model in (MOFA, FEATURES)}


# The record -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file that was fetched and checked: where from, its bytes, its SHA-256, and what the hub calls it (the SHA-256
    of a large file, the git object of a small one)."""

    repository: str
    commit: str
    path: str
    size: int
    sha256: str
    hub: str


@dataclass(frozen=True)
class Record:
    """What was fetched into a folder. files: path below the folder -> Fetched."""

    files: dict[str, Fetched] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Record:
        """The record in a folder; an empty one where none is, or it cannot be read."""
        try:
            found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            if found["format"] != FORMAT:
                return cls()
            return cls({str(place): Fetched(**facts) for place, facts in found["files"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, folder: Path) -> None:
        """Raises OUTPUT_UNWRITABLE or DISK_FULL."""
        files = {place: asdict(file) for place, file in sorted(self.files.items())}
        facts = {"format": FORMAT, "version": 1, "files": files}
        write_atomically(folder / RECORD, json.dumps(facts, indent=1).encode())

    def of(self, folder: Path, path: Path) -> Fetched | None:
        """What is on record of a file, None for one that was not fetched."""
        return self.files.get(_below(folder, path))

    def put(self, folder: Path, path: Path, fetched: Fetched) -> Record:
        """The record with one file more."""
        return Record({**self.files, _below(folder, path): fetched})


def _below(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


# What is here ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PartState:
    """How a part stands in a folder: "present", "missing", "incomplete", or "damaged" (a file has another length).

    size: bytes that are there · commit: what it was fetched at, "" where it was not fetched.
    """

    part: HubPart
    state: str
    root: Path
    missing: tuple[Path, ...]
    size: int
    commit: str

    def as_dict(self) -> dict[str, Any]:
        part = self.part
        return {
            "title": part.title,
            "state": self.state,
            "repository": part.repository,
            "revision": part.revision,
            "commit": self.commit,
            "page": part.page,
            "gated": part.gated,
            "licence": part.licence,
            "licence_url": part.licence_url,
            "size": self.size if self.state == "present" else part.size,
            "exact": self.state == "present" or part.exact,
            "missing": [path.relative_to(self.root).as_posix() for path in self.missing],
            "path": str(self.root),
        }


def look(model: HubModel, folder: Path) -> list[PartState]:
    """How each part stands, by names and sizes alone; quick."""
    record = Record.read(folder)
    return [_look(part, folder, record) for part in model.parts]


def _look(part: HubPart, folder: Path, record: Record) -> PartState:
    root, missing = part.root(folder), tuple(part.missing(folder))
    here = [path for file in part.files for place in (file.place, *file.also) if (path := root / place).is_file()]
    known = [(path, fetched) for path in here if (fetched := record.of(folder, path)) is not None]
    damaged = any(path.stat().st_size != fetched.size for path, fetched in known)
    needed = sum(file.needed for file in part.files)
    state = (
        "damaged" if damaged else "present" if not missing else "missing" if len(missing) == needed else "incomplete"
    )
    return PartState(
        part=part,
        state=state,
        root=root,
        missing=missing,
        size=sum(path.stat().st_size for path in here),
        commit=next((fetched.commit for _, fetched in known), ""),
    )


def state_of(parts: list[PartState]) -> str:
    """One word for all parts: "damaged" when one is, the common one, else "incomplete"."""
    states = {part.state for part in parts}
    return "damaged" if "damaged" in states else states.pop() if len(states) == 1 else "incomplete"


def verify(model: HubModel, folder: Path, progress: Progress = silent) -> int:
    """Read every file that was fetched and compare it with its record; returns how many those are.

    Raises MODEL_DAMAGED, naming the file, or MODEL_MISSING for one that has gone; CANCELLED from `progress`.
    """
    record = Record.read(folder)
    total, before = sum(fetched.size for fetched in record.files.values()), 0
    for place, fetched in record.files.items():
        path = Path(os.path.normpath(folder / place))

        def tick(done: int, before: int = before) -> None:
            progress(f"Checking {model.name}", before + done, total)

        if not path.is_file():
            raise FaceShotError(
                ErrorCode.MODEL_MISSING,
                f"The model file {path} was fetched, and is not there any more.",
                hint=f"Get it again with `python -m core models fetch {model.name}`.",
            )
        if path.stat().st_size != fetched.size or file_sha256(path, tick) != fetched.sha256:
            raise FaceShotError(
                ErrorCode.MODEL_DAMAGED,
                f"The model file {path} is damaged: its SHA-256 is not that of the file that was fetched.",
                hint=f"Replace it with `python -m core models fetch {model.name}`.",
            )
        before += fetched.size
    return len(record.files)
