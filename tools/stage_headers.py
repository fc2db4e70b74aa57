#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Copies the guest's header folders into the sysroot, one layer beside the other, for tools/qcc.

usage (by meson install): stage_headers.py NAME=FOLDER ... [-NAME=FOLDER ...]

The layers stay apart because ours continue with #include_next into musl's. They land in usr/include/NAME, and the order
of the arguments, the order of search, in usr/include/layers. -NAME is staged but no layer: who wants it says -I.
"""
import os
import pathlib
import shutil
import sys


def changed(source: pathlib.Path, copy: pathlib.Path) -> bool:
    """Whether the copy is missing or older."""
    return not copy.exists() or copy.stat().st_mtime_ns < source.stat().st_mtime_ns


def stage(folder: pathlib.Path, to: pathlib.Path):
    """Copies what is new; what is gone in the source goes here too."""
    wanted = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".build"}
    for path in [p for p in to.rglob("*") if p.is_file() and p.relative_to(to) not in wanted]:
        path.unlink()
    for name in wanted:
        if changed(folder / name, to / name):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, to / name)


def main():
    """Stages every layer."""
    prefix = os.environ["MESON_INSTALL_DESTDIR_PREFIX"]
    if prefix == os.environ["MESON_INSTALL_PREFIX"]:   # "ninja install": that would be the host's /usr/include
        sys.exit("stage_headers: without --destdir the guest's headers would take the place of this machine's; use tools/build")
    root = pathlib.Path(prefix) / "usr/include"
    names = []
    for argument in sys.argv[1:]:
        name, folder = argument.split("=", 1)
        stage(pathlib.Path(folder), root / name.lstrip("-"))
        if not name.startswith("-"):
            names.append(name)
    (root / "layers").write_text("\n".join(names) + "\n")


main()
