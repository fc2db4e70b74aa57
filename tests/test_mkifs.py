# SPDX-License-Identifier: Apache-2.0
"""mkifs and dumpifs as programs: messages for broken buildfiles, and images that read back."""
import os
import pathlib
import subprocess

import pytest

from harness import images, paths

pytestmark = pytest.mark.quick
BROKEN = sorted((paths.ROOT / "tests" / "buildfiles").glob("*.build"))


@pytest.fixture
def tool(request):
    """Runs a host tool of the build."""
    build = paths.build_dir(request.config.getoption("--build-dir"))

    def run(name, *arguments, env=None):
        clean = {k: v for k, v in os.environ.items() if k not in ("QNX_TARGET", "MKIFS_PATH", "PROCESSOR")}
        return subprocess.run([build / "buildfile" / name, *map(str, arguments)], cwd=paths.ROOT, text=True,
                              capture_output=True, env={**clean, **(env or {})})
    return run


@pytest.mark.parametrize("buildfile", BROKEN, ids=lambda path: path.stem)
def test_broken_buildfile(tool, tmp_path, buildfile):
    """MKIFS-0001 a wrong line gives file:line: what, status 1, and no output file."""
    out = tmp_path / "out.ifs"
    run = tool("mkifs", buildfile.relative_to(paths.ROOT), out, env={"LOOP": "${LOOP}"})
    assert run.stderr == buildfile.with_suffix(".expected").read_text()
    assert run.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_round_trip(tool, tmp_path):
    """MKIFS-0002 dumpifs extracts what mkifs put in: content, modes, links, directories."""
    (tmp_path / "host.txt").write_text("from the host\n")
    (tmp_path / "t.build").write_text(
        "[uid=0 gid=0]\n"
        "[perms=0640] /etc/inline = {\n  # kept \\{as it is\\}\n}\n"
        f"/data/renamed={tmp_path}/host.txt\n"
        "[type=link] /bin/sh=/proc/boot/sh\n"
        "[type=dir perms=1777] /var/tmp\n")
    image = tmp_path / "t.ifs"
    assert tool("mkifs", "-nn", tmp_path / "t.build", image).returncode == 0
    listing = tool("dumpifs", "-v", image).stdout
    assert "bin/sh -> /proc/boot/sh" in listing and "mode=1777" in listing
    out = tmp_path / "out"
    assert tool("dumpifs", "-x", "-d", out, image).returncode == 0
    assert (out / "etc/inline").read_text() == "  # kept {as it is}\n"
    assert (out / "etc/inline").stat().st_mode & 0o7777 == 0o640
    assert (out / "data/renamed").read_text() == "from the host\n"
    assert os.readlink(out / "bin/sh") == "/proc/boot/sh"
    assert (out / "var/tmp").is_dir()


def test_same_input_same_image(tool, tmp_path):
    """MKIFS-0003 -nn makes images repeat byte for byte."""
    (tmp_path / "t.build").write_text("a = {\nx\n}\n[type=dir] d\n")
    made = []
    for name in ("1", "2"):
        assert tool("mkifs", "-nn", tmp_path / "t.build", tmp_path / name).returncode == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_damaged_image(tool, tmp_path):
    """MKIFS-0004 dumpifs says that a checksum is wrong, and ends with 1."""
    (tmp_path / "t.build").write_text("a = {\nsome text\n}\n")
    image = tmp_path / "t.ifs"
    tool("mkifs", tmp_path / "t.build", image)
    image.write_bytes(image.read_bytes().replace(b"some text", b"some tent"))
    run = tool("dumpifs", image)
    assert run.returncode == 1 and "(bad)" in run.stdout


def test_demo_image_holds_the_system(tool, request):
    """MKIFS-0005 the demo image has kernel, loader, drivers and script where they are looked for."""
    build = paths.build_dir(request.config.getoption("--build-dir"))
    image = images.make("demo", build)
    listing = tool("dumpifs", "-vv", image).stdout
    names = [line.split()[2] for line in listing.splitlines() if len(line.split()) > 2]
    for name in ("proc/boot/procnto-smp-instr", "proc/boot/libc.so", "proc/boot/io-pkt-v4-hc",
                 "proc/boot/devnp-e1000.so", "usr/lib/ldqnx-64.so.2", "etc/motd"):
        assert name in names
    assert "reopen /dev/ser1" in listing
    log = pathlib.Path(image).with_suffix(".log").read_text()
    assert "not available" not in log
