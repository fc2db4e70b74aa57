# SPDX-License-Identifier: Apache-2.0
"""Where things are: the source tree, the build, the sysroot, the artefacts of test runs."""
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def build_dir(given: str | None = None) -> pathlib.Path:
    """The meson build directory: an option, IOPKT_BUILD, or build/."""
    return (ROOT / (given or os.environ.get("IOPKT_BUILD") or "build")).resolve()


def sysroot(build: pathlib.Path) -> pathlib.Path:
    """The staged target files, laid out as $QNX_TARGET."""
    return build / "sysroot"


def artefacts(name: str) -> pathlib.Path:
    """A fresh folder for one test or one run; an older one of the same name is emptied."""
    safe = re.sub(r"[^A-Za-z0-9_.=-]+", "_", name).strip("_")[:120]
    folder = ROOT / "artefacts" / safe
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file() or old.is_symlink():
            old.unlink()
    return folder
