# SPDX-License-Identifier: GPL-3.0-or-later
"""`gallery`: the annotated faces that landmarks are found by, see docs/features.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ErrorCode, FaceShotError
from .context import Context, Verb
from .options import flag, option, path, text

if TYPE_CHECKING:
    from ..match.features.gallery import Finding, Gallery

ACTIONS = ("build", "add", "list", "verify")
_ABSENT = (ErrorCode.MODEL_MISSING, ErrorCode.BACKEND_MISSING)


@dataclass(frozen=True, kw_only=True)
class GalleryVerb:
    action: str = option("what to do", kind=text, default="list", positional=True, choices=ACTIONS)
    sources: tuple[Path, ...] = option(
        "pictures with a .character.json beside them, or folders of such; build without any only makes the features "
        "anew that are missing or stale",
        kind=path,
        default=(),
        positional=True,
        repeated=True,
        metavar="PICTURE",
    )
    gallery: Path | None = option(
        "the gallery's folder; default: $FACESHOT_GALLERY, or one beside the models", kind=path, default=None
    )
    domain: str = option(
        "what kind of pictures they are, such as photo, toon, flat; default: the name of their folder",
        kind=text,
        default="",
    )
    licence: str = option("the pictures' licence, such as CC0-1.0", kind=text, default="")
    source: str = option("where the pictures are from; default: the file's name", kind=text, default="")
    name: str = option("add: what to call it; default: after the file", kind=text, default="")
    card: Path | None = option("add: the picture's card, where it does not lie beside it", kind=path, default=None)
    replace: bool = option("add: take the place of the face of that name", kind=flag, default=False)
    no_features: bool = option("leave the features for later; they need the networks", kind=flag, default=False)
    device: str = option("where the networks run: auto, cpu, cuda or mps", kind=text, default="auto")


def _gallery(options: GalleryVerb, context: Context) -> dict[str, Any]:
    from ..match.features.gallery import Gallery, default_gallery

    folder = options.gallery or default_gallery()
    if options.action in ("list", "verify") and options.sources:
        raise FaceShotError(
            ErrorCode.USAGE, f"gallery {options.action} takes no pictures.", hint="Name the gallery with --gallery."
        )
    findings: list[Finding] = []
    if options.action == "build":
        gallery = _built(folder, options, context)
    elif options.action == "add":
        gallery = _added(folder, options, context)
    else:
        gallery = Gallery.open(folder)
    if options.action == "verify":
        findings = _verified(gallery, context)
    made = str(gallery.feature.get("config_hash", ""))
    return {
        "verb": "gallery",
        "action": options.action,
        "folder": str(folder),
        "feature": dict(gallery.feature),
        "items": [
            {**item.as_dict(), "seen": int(item.seen.sum()), "features": gallery.state(item, made)}
            for item in gallery.items
        ],
        "notes": [finding.what for finding in findings],
    }


def _built(folder: Path, options: GalleryVerb, context: Context) -> Gallery:
    from ..match.features import annotate
    from ..match.features.gallery import Gallery

    if options.name or options.card or options.replace:
        raise FaceShotError(
            ErrorCode.USAGE, "--name, --card and --replace are for one picture.", hint="Use `gallery add`."
        )
    if options.sources:
        sources = annotate.find_sources(
            options.sources, domain=options.domain, licence=options.licence, source=options.source
        )
        gallery = annotate.build(folder, sources, progress=context.progress, warn=context.warn)
        context.saved(folder)
    else:
        gallery = Gallery.open(folder)
    return _seen(gallery, options, context, needed=not options.sources)


def _added(folder: Path, options: GalleryVerb, context: Context) -> Gallery:
    from ..match.features import annotate

    if len(options.sources) != 1 or options.sources[0].is_dir():
        raise FaceShotError(ErrorCode.USAGE, "gallery add takes one picture.", hint="Use `gallery build` for many.")
    facts = {"domain": options.domain, "licence": options.licence, "source": options.source}
    if options.card is None:
        (made,) = annotate.find_sources(options.sources, **facts)
    else:
        picture = options.sources[0]
        made = annotate.Source(
            picture=picture, card=options.card, **{**facts, "domain": options.domain or picture.parent.name}
        )
    made = replace(made, name=options.name)
    gallery = annotate.add(folder, made, replace=options.replace, progress=context.progress, warn=context.warn)
    context.saved(folder)
    return _seen(gallery, options, context, needed=False)


def _seen(gallery: Gallery, options: GalleryVerb, context: Context, *, needed: bool) -> Gallery:
    """The gallery with its features made. Without the networks a note says what they need, unless they are `needed`."""
    from ..match.features import annotate, installed

    if options.no_features:
        return gallery
    try:
        installed.require_installed()
    except FaceShotError as error:
        if needed or error.code not in _ABSENT:
            raise
        context.note(f"The faces are kept; their features are not made yet. {error}")
        return gallery
    extractor = installed.load_extractor(device=options.device, progress=context.progress)
    return annotate.see(gallery, extractor, progress=context.progress)


def _verified(gallery: Gallery, context: Context) -> list[Finding]:
    """What is only to be told. Raises INPUT_UNREADABLE where an item cannot be used."""
    from ..match.features import installed

    context.progress("Reading the gallery", 0, None)
    made = str(gallery.feature.get("config_hash", ""))
    findings = gallery.verify(made or None)
    bad = [finding for finding in findings if finding.bad]
    here = installed.weights_here() if made else None
    if here is not None and gallery.feature.get("weights") != here:
        words = "Its features were made by other networks than those that are here."
        raise FaceShotError(
            ErrorCode.MODEL_DAMAGED, words, hint="Make them anew with `gallery build`, without sources."
        )
    if bad:
        more = f" {len(bad) - 1} more of {len(gallery.items)} faces cannot be used." if len(bad) > 1 else ""
        raise FaceShotError(ErrorCode.INPUT_UNREADABLE, f"{bad[0].what}{more}")
    return findings


def _summary(made: dict[str, Any]) -> str:
    rows = [f"{len(made['items'])} faces in {made['folder']}:"]
    rows += [
        f"  {item['id']:<20} {item['domain']:<12} {item['seen']:>2} points, features {item['features']:<8} "
        f"{item['licence'] or 'licence not stated'}; {item['source']}"
        for item in made["items"]
    ]
    feature = made["feature"]
    if feature:
        rows.append(f"Features of {feature.get('model', 'a network')}, {feature.get('config_hash', '')}.")
    return "\n".join([*rows, *made["notes"]])


GALLERY = Verb(
    name="gallery",
    help="build, extend, list or verify the annotated faces that --matcher features goes by",
    options=GalleryVerb,
    run=_gallery,
    summary=_summary,
)
