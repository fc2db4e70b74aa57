# SPDX-License-Identifier: Apache-2.0
"""Builds images with mkifs and keeps them until the sysroot or a buildfile changes."""
import fcntl
import hashlib
import os
import pathlib
import re
import subprocess
import sys

from . import paths
from .errors import LabError


def find(name: str) -> pathlib.Path:
    """A buildfile by path, or by its bare name in images/ or tests/."""
    for candidate in (pathlib.Path(name), paths.ROOT / name, paths.ROOT / "images" / f"{name}.build",
                      paths.ROOT / "tests" / f"{name}.build"):
        if candidate.is_file():
            return candidate.resolve()
    raise LabError(f"no buildfile '{name}' (looked in images/ and tests/ as well)")


def _fingerprint(buildfile: pathlib.Path, build: pathlib.Path) -> str:
    """Changes when a buildfile, an included one, a file that they name by its path, mkifs or any staged file changes."""
    digest = hashlib.sha256()
    pending, seen = [buildfile], set()
    while pending:
        file = pending.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        text = file.read_text()
        digest.update(text.encode())
        for name in re.findall(r"^\[[^]]*\+include[^]]*\]\s*(\S+)", text, re.M):
            pending += [paths.ROOT / name, file.parent / name]
    named = {word for file in seen if file.is_file() for word in re.findall(r"[^\s=\[\]\"]*/[^\s=\[\]\"]*", file.read_text())}
    files = [path for path in (paths.ROOT / word for word in sorted(named)) if path.is_file()]
    for file in [*files, build / "buildfile" / "mkifs", *sorted(paths.sysroot(build).rglob("*"))]:
        if file.is_file():
            status = file.stat()
            digest.update(f"{file} {status.st_mtime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()


def make(name: str, build: pathlib.Path) -> pathlib.Path:
    """The image of a buildfile, built when needed. Raises LabError with mkifs' own words when it fails."""
    buildfile = find(name)
    out = build / "images" / (buildfile.stem + ".ifs")
    out.parent.mkdir(parents=True, exist_ok=True)
    stamp = out.with_suffix(".stamp")
    with open(out.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = f"{buildfile} {_fingerprint(buildfile, build)}"
        if out.is_file() and stamp.is_file() and stamp.read_text() == wanted:
            return out
        run = subprocess.run([build / "buildfile" / "mkifs", "-nn", "-r", paths.sysroot(build), buildfile, out],
                             cwd=paths.ROOT, capture_output=True, text=True,
                             env={**os.environ, "QNX_TARGET": str(paths.sysroot(build))})
        out.with_suffix(".log").write_text(run.stderr)
        if run.returncode != 0:
            raise LabError(f"mkifs failed on {buildfile}:\n{run.stderr}")
        sys.stderr.write(run.stderr)  # a warning is about the image the user is going to boot
        stamp.write_text(wanted)
    return out
