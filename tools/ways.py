# SPDX-License-Identifier: Apache-2.0
"""Checks docs/ways/: files that are named exist, and the tables of a way hold in the sources; used by tools/lint.

A way has at least one table `| file | function | called by |`. Row by row: the function is defined in its file, and the file
of the caller names it. The caller is the row before, or the row whose number stands in the third column. When the caller goes through a
pointer, the third column has the file that names the function (and sets the pointer), or the word that stands in both files.
"""
import pathlib
import re

WAYS = "docs/ways"
HEAD = re.compile(r"^\|\s*file\s*\|\s*function\s*\|\s*called by\s*\|$")
LIMITS = {"message.md": 9}  # files that a way may lead through at most
SOURCE = re.compile(r"`([\w./+-]+\.(?:cpp|hpp|h|c|S|inc|py|in))`")


def defines(text: str, name: str, suffix: str) -> bool:
    """Whether a source text defines a function (or an assembler label, or a macro) of that name."""
    word = re.escape(name)
    if suffix in {".S", ".s", ".inc"}:
        return re.search(rf"^\s*{word}:", text, re.M) is not None
    if suffix == ".py":
        return re.search(rf"^\s*def {word}\(", text, re.M) is not None
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    function = rf"^[A-Za-z_][^;{{}}()=#]*?(?<![\w>.])(?:\w+::)*{word}\s*\([^;{{}}]*\)[^;{{}}()]*(?::[^;]*?)?\{{"
    return re.search(function, text, re.M) is not None or re.search(rf"^\s*#define {word}\b", text, re.M) is not None


def mentions(text: str, word: str) -> bool:
    """Whether a source text names the word outside comments."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def tables(lines: list[str]):
    """(number of the first row's line, rows of cells) for each table of a way."""
    at = 0
    while at < len(lines):
        if not HEAD.match(lines[at]):
            at += 1
            continue
        at += 2  # the head and the line below it
        first, rows = at + 1, []
        while at < len(lines) and lines[at].startswith("|"):
            rows.append([cell.strip() for cell in lines[at].strip("|").split("|")])
            at += 1
        yield first, rows


def check_row(root: pathlib.Path, rows: list[list[str]], index: int):
    """What is wrong with one row."""
    if len(rows[index]) != 3:
        yield "a row has three cells: file, function, called by"
        return
    file, function, caller = rows[index][0].strip("`"), rows[index][1].strip("`").removesuffix("()"), rows[index][2]
    path = root / file
    if not path.is_file():
        yield f"no file {file}"
        return
    text = path.read_text()
    if not defines(text, function, path.suffix):
        yield f"{file} does not define {function}"
    if index == 0:
        return
    number = re.search(r"\b(\d+)\b", re.sub(r"`[^`]*`", "", caller))
    before = int(number[1]) - 1 if number else index - 1
    if not 0 <= before < index:
        yield f"called by {before + 1}: no earlier row"
        return
    from_file = rows[before][0].strip("`")
    instead = re.search(r"`([^`]+)`", caller)
    word = instead[1] if instead else function
    if "/" in word:
        from_file, word = word, function
    if not (root / from_file).is_file() or not mentions((root / from_file).read_text(), word):
        yield f"{from_file} does not name {word}"
    if word != function and word not in text:
        yield f"{file} does not name {word}"


def check_way(root: pathlib.Path, page: pathlib.Path, tracked: list[str]):
    """(line, text) for everything in one way that does not hold."""
    lines = page.read_text().split("\n")
    for number, line in enumerate(lines, 1):
        for name in SOURCE.findall(line):
            if not any(path == name or path.endswith("/" + name) for path in tracked):
                yield number, f"no file {name}"
    found = list(tables(lines))
    if not found:
        yield 1, "no table `| file | function | called by |`"
    for first, rows in found:
        for index in range(len(rows)):
            for text in check_row(root, rows, index):
                yield first + index, text
    limit = LIMITS.get(page.name)
    if limit and any(len({row[0] for row in rows}) > limit for _, rows in found):
        yield 1, f"more than {limit} files in a row"


def findings(root: pathlib.Path, tracked: list[str]) -> list[str]:
    """`file:line: ways: text` for each way."""
    out = []
    for page in sorted((root / WAYS).glob("*.md")):
        out += [f"{WAYS}/{page.name}:{line}: ways: {text}" for line, text in check_way(root, page, tracked)]
    return out
