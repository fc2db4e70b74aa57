# SPDX-License-Identifier: Apache-2.0
"""Checks that docs/kernel-calls/ has a true page for each number of include/abi/kercall.h; used by tools/lint."""
import pathlib
import re

SECTIONS = ["## Synopsis", "## Description", "## Blocks in", "## Errors"]
HEADER = "include/abi/kercall.h"
PAGES = "docs/kernel-calls"


def call_numbers(header: str) -> dict[str, int]:
    """KER_* -> number, as the C enumeration counts."""
    body = re.sub(r"/\*.*?\*/", "", header[header.index("enum {") + 6:header.index("KER_CALL_MAX")], flags=re.S)
    numbers, number = {}, 0
    for item in body.split(","):
        found = re.match(r"\s*(KER_\w+)(?:\s*=\s*(\w+))?\s*$", item)
        if found:
            number = int(found[2], 0) if found[2] else number
            numbers[found[1]] = number
            number += 1
    return numbers


def page_name(call: str) -> str:
    return call[len("KER_"):].lower().replace("_", "-") + ".md"


def check_page(text: str, call: str, number: int, names: set[str], functions: str):
    """What is wrong with one page: head, sections, and names that exist nowhere."""
    if text.split("\n", 1)[0] != f"# {call} ({number:#x})":
        yield f"the head is not `# {call} ({number:#x})`"
    at = [text.find(f"\n{section}\n") for section in SECTIONS]
    if -1 in at or at != sorted(at):
        yield "sections are missing or in another order: " + ", ".join(SECTIONS)
        return
    for name in re.findall(r"\b(E[A-Z0-9]{2,}|STATE_[A-Z]+|PROCMGR_AID_\w+)\b", text):
        if name not in names:
            yield f"{name} is not in include/"
    for name in re.findall(r"\b([A-Za-z_]\w+)\(", text[at[0]:at[1]]):
        if not re.search(rf"\b{name}\b", functions):
            yield f"{name}() is declared nowhere"


def findings(root: pathlib.Path):
    """(path, line, text) for everything that does not agree."""
    numbers = call_numbers((root / HEADER).read_text())
    headers = [p for folder in ("include", "libc/musl/include") for p in (root / folder).rglob("*.h")]
    public = "\n".join(p.read_text() for p in headers)
    names = set(re.findall(r"\b(?:E[A-Z0-9]{2,}|STATE_[A-Z]+|PROCMGR_AID_\w+)\b", public))
    names |= {"PROCMGR_AID_" + n for n in re.findall(r"\bX\((\w+),", public)} | {"EXCLUSIVE", "EWOULDBLOCK"}
    posix = "sigaction sigprocmask sigsuspend sigwaitinfo sigpending sigaltstack ppoll pselect clock_gettime clock_settime adjtime " \
            "alarm setitimer nanosleep timer_create timer_delete timer_settime timer_gettime timer_getoverrun pthread_create " \
            "pthread_exit pthread_cancel gettid"
    index = (root / PAGES / "README.md").read_text()
    wanted = {page_name(call) for call in numbers}
    for page in sorted((root / PAGES).glob("*.md")):
        if page.name != "README.md" and page.name not in wanted:
            yield f"{PAGES}/{page.name}", 1, "kernel-calls: no such call in " + HEADER
    for call, number in numbers.items():
        page = root / PAGES / page_name(call)
        if not page.is_file():
            yield HEADER, 1, f"kernel-calls: {call} has no page {PAGES}/{page.name}"
            continue
        if f"[{call}]({page.name}) | {number:#x} |" not in index:
            yield f"{PAGES}/README.md", 1, f"kernel-calls: {call} ({number:#x}) is not in the table"
        for text in check_page(page.read_text(), call, number, names, public + posix):
            yield f"{PAGES}/{page.name}", 1, "kernel-calls: " + text
