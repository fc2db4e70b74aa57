# SPDX-License-Identifier: Apache-2.0
"""The checker of docs/ways/ finds what does not hold."""
import sys

import pytest

from harness import paths

sys.path.insert(0, str(paths.ROOT / "tools"))
import ways  # noqa: E402

HEAD = "| file | function | called by |\n|---|---|---|\n"
GOOD = HEAD + "| `a/one.c` | `begin()` | a program |\n| `a/two.S` | `enter` | 1, by `trap` |\n| `a/three.cpp` | `Last::step()` | 1 |\n"
SOURCES = {
    "a/one.c": "int begin(void)\n{\n    trap();\n    return step();\n}\n",
    "a/two.S": "enter:  /* from trap */\n    ret\n",
    "a/three.cpp": "int step(int);\nint Last::step(int a)\n{\n    return a;\n}\n",
}


def check(tmp_path, page: str, **changed: str) -> list[str]:
    """What the checker says about a way, with some sources replaced."""
    (tmp_path / "docs/ways").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    (tmp_path / "docs/ways/x.md").write_text(page)
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(changed.get(name.split("/")[1].split(".")[0], text))
    return ways.findings(tmp_path, list(SOURCES))


@pytest.mark.quick
def test_a_true_way_is_quiet(tmp_path):
    assert check(tmp_path, GOOD.replace("Last::", "")) == []


@pytest.mark.quick
@pytest.mark.parametrize("page, changed, text", [
    (GOOD.replace("a/two.S", "a/gone.S"), {}, "no file a/gone.S"),
    (GOOD.replace("begin()", "start()"), {}, "a/one.c does not define start"),
    (GOOD, {"three": "int step(int);\n"}, "a/three.cpp does not define"),
    (GOOD, {"one": "int begin(void)\n{\n    trap(); // then step()\n}\n"}, "a/one.c does not name"),
    (GOOD, {"one": "int begin(void)\n{\n    return step();\n}\n"}, "a/one.c does not name trap"),
    (GOOD.replace("| 1 |", "| 3 |"), {}, "no earlier row"),
    ("# a way\n`a/one.c`\n", {}, "no table"),
])
def test_a_broken_way_is_found(tmp_path, page, changed, text):
    assert any(text in finding for finding in check(tmp_path, page.replace("Last::", ""), **changed))
