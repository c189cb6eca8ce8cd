# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks a Blender of a newer Debian release into a directory tree of its own, for tests. Needs root and Debian."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUITE = "trixie"  # Blender 4.3
NEWEST_SUITE = "sid"  # Blender 5.2 and later: changes from day to day
PACKAGES = (
    # The extension system of Blender 5.2 needs cattr, which its package does not pull in.
    *("blender", "python3-numpy", "python3-cattr", "python3-requests", "python3-zstandard", "python3-venv"),
    *("ffmpeg", "xvfb", "xauth", "xdotool", "x11-utils", "imagemagick"),
    *("libgl1", "libgl1-mesa-dri", "libglx-mesa0", "libegl1", "fonts-dejavu-core", "ca-certificates"),
)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEEDED_MB = 2500


def chosen_suite() -> str:
    """The Debian release to take Blender from: $REAL_BLENDER_SUITE, else the default."""
    return os.environ.get("REAL_BLENDER_SUITE") or SUITE


def cache_folder() -> Path:
    """Where trees are kept: $REAL_BLENDER_DIR, else below the user's cache folder."""
    given = os.environ.get("REAL_BLENDER_DIR")
    if given:
        return Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "real-blender").absolute()


def is_root() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


def ready(suite: str) -> Path | None:
    """The root of a finished tree that we may enter, or None."""
    top = cache_folder() / suite
    return top / "root" if is_root() and (top / "ready").is_file() and (top / "root").is_dir() else None


def build(suite: str) -> Path | None:
    """Unpacks the tree; returns its root, or None with a line on stderr that says why not. Takes some minutes."""
    top = cache_folder() / suite
    why_not = _obstacle(top)
    if not why_not:
        why_not = _build_once(suite, top)
    if why_not:
        print(f"real Blender: {why_not}", file=sys.stderr)
    return ready(suite)


def _build_once(suite: str, top: Path) -> str:
    import fcntl  # not on Windows

    top.mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Another process may have made it while we waited.
        return "" if ready(suite) else _build(suite, top)


def _obstacle(top: Path) -> str:
    if not is_root():
        return "unpacking one needs root on Debian"
    if shutil.which("apt-get") is None or shutil.which("unshare") is None or shutil.which("chroot") is None:
        return "unpacking one needs Debian's apt-get, and unshare and chroot"
    if re.search(r"[\s:,]", str(top)):
        return f"the folder's path may not hold a space, comma or colon: {top}"
    if not KEYRING.is_file():
        return f"{KEYRING} is missing (package debian-archive-keyring)"
    existing = next(folder for folder in (top, *top.parents) if folder.is_dir())
    if shutil.disk_usage(existing).free < NEEDED_MB * 2**20:
        return f"{existing} has less than {NEEDED_MB} MB free"
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        return "this machine allows no mount namespaces (a container without that right?)"
    return ""


def _build(suite: str, top: Path) -> str:
    """Unpacks; returns why not, or nothing."""
    if shutil.which("mmdebstrap") is None and not _install_mmdebstrap(top / "mmdebstrap.log"):
        return f"mmdebstrap could not be installed; see {top / 'mmdebstrap.log'}"
    mirror = _mirror()
    if not mirror:
        return "the apt sources of this machine name no Debian mirror"
    print(f"Unpacking Blender from Debian {suite} into {top}: about 430 MB, some minutes.", file=sys.stderr, flush=True)
    partial, root, log = top / "root.part", top / "root", top / "build.log"
    for old in (partial, root):
        _remove(old)
    with log.open("wb") as sink:
        # In a mount namespace of its own, so that a build cut short leaves no mounts behind.
        done = subprocess.run(
            ["unshare", "--mount", "--", "mmdebstrap", *_options(suite), suite, str(partial), mirror],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(top)},
        )
    if done.returncode:
        _remove(partial)
        return f"mmdebstrap failed; see {log}"
    mtab = partial / "etc" / "mtab"
    mtab.unlink(missing_ok=True)
    mtab.symlink_to("/proc/self/mounts")  # without it Blender complains at each start
    resolver = partial / "etc" / "resolv.conf"
    if Path("/etc/resolv.conf").exists():
        resolver.unlink(missing_ok=True)
        shutil.copyfile("/etc/resolv.conf", resolver)
    partial.rename(root)
    (top / "ready").write_text(" ".join(PACKAGES) + "\n")
    return ""


def _options(suite: str) -> list[str]:
    # The machine's own choice on release files' dates must hold inside too: sid is soon out of date on a mirror.
    settings = subprocess.run(
        ["apt-config", "shell", "value", "Acquire::Check-Valid-Until"], check=False, capture_output=True, text=True
    )
    valid = "false" if "false" in settings.stdout else "true"
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True)
    return [
        "--mode=root",
        "--variant=apt",
        f"--include={','.join(PACKAGES)}",
        f"--keyring={KEYRING}",
        f"--architectures={architecture.stdout.strip()}",
        f'--aptopt=Acquire::Check-Valid-Until "{valid}"',
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::IndexTargets::deb::DEP-11 { DefaultEnabled "false"; }',
        '--aptopt=Acquire::Languages "none"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "man", "locale")),
        "--format=directory",
    ]


def _install_mmdebstrap(log: Path) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"]
    with log.open("wb") as sink:
        return all(
            subprocess.run(words, check=False, stdout=sink, stderr=subprocess.STDOUT, env=environment).returncode == 0
            for words in (["apt-get", "update", "-qq"], install)
        )


def _mirror() -> str:
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)"], check=False, capture_output=True, text=True
    )
    sites = sorted({line.strip() for line in done.stdout.splitlines() if re.search(r"/debian/*$", line)})
    return sites[0] if sites else ""


def _remove(folder: Path) -> None:
    if folder.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)
