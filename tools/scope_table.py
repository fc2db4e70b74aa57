# SPDX-License-Identifier: Apache-2.0
"""Checks docs/scope.md: every test named in its tables exists, and every test id in the tree is used once."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
ID = re.compile(r"\b([A-Z][A-Z0-9]+-\d{4})\b")
# Where an id is given to a test: a string that starts with it (C++), or a docstring (Python).
DEFINED = re.compile(r'"{1,3}([A-Z][A-Z0-9]+-\d{4})\b')


def definitions() -> dict[str, list[str]]:
    """Test id -> files that define it."""
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "tests", "libc/test", "kernel-sim",
                            "netmgr", "buildfile", "base"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    found: dict[str, list[str]] = {}
    for name in files:
        path = ROOT / name
        if path.suffix in {".py", ".cpp", ".c", ".hpp"} and path.is_file():
            for test in DEFINED.findall(path.read_text(errors="replace")):
                found.setdefault(test, []).append(name)
    return found


def findings() -> list[str]:
    """`docs/scope.md:line: scope: text` for each row that names a test nobody wrote."""
    known = definitions()
    out = []
    for test, files in sorted(known.items()):
        programs = sorted({name for name in files if not name.endswith(".py")})  # a pytest may name the program's test it runs
        if len(programs) > 1:
            out.append(f"{programs[1]}:1: scope: {test} is also in {programs[0]}")
    for number, line in enumerate((ROOT / "docs/scope.md").read_text().split("\n"), 1):
        if not line.startswith("|") or set(line) <= set("|- "):
            continue
        named = ID.findall(line)
        out += [f"docs/scope.md:{number}: scope: no test {test}" for test in named if test not in known]
    return out
