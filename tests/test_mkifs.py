# SPDX-License-Identifier: Apache-2.0
"""mkifs and dumpifs as programs: messages for broken buildfiles, and images that read back."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import xml.dom.minidom

import pytest

from harness import images, paths

pytestmark = pytest.mark.quick
CORPUS = paths.ROOT / "tests" / "buildfiles"
BROKEN = sorted((CORPUS / "broken").glob("*.build"))
GOOD = sorted((CORPUS / "good").glob("*.build"))


@pytest.fixture
def tool(request):
    """Runs a host tool of the build."""
    build = paths.build_dir(request.config.getoption("--build-dir"))

    def run(name, *arguments, env=None):
        clean = {"PATH": os.environ["PATH"]}
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


def test_corpus(tool):
    """MKIFS-0006 every good buildfile passes --check, all in one run too, and --format json gives its golden model."""
    assert len(GOOD) >= 60 and len(BROKEN) >= 30
    names = [file.relative_to(paths.ROOT) for file in GOOD]
    assert tool("mkifs", "--check", *names).returncode == 0
    for name in names:
        run = tool("mkifs", "--format", "json", name)
        assert json.loads(run.stdout) == json.loads((paths.ROOT / name).with_suffix(".json").read_text()), name
    assert tool("mkifs", "--check", names[0], BROKEN[0]).returncode == 1


def test_attributes_act(tool, tmp_path):
    """MKIFS-0007 filter, checksums, hard links, fifo, chain, mount, keepsection paths, patch file, -h, .sym and search rules."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/word").write_text("abc\n")
    os.link(tmp_path / "in/word", tmp_path / "in/word2")
    digest = hashlib.sha256(b"abc\n").hexdigest()
    cksum = subprocess.run(["cksum", tmp_path / "in/word"], capture_output=True, text=True, check=True).stdout.split()[0]
    (tmp_path / "patches").write_text("# all of it\nf:etc:*:7:8:0123\ndr:/:e*:9:9:0700\n")
    (tmp_path / "t.build").write_text(
        f"[uid=0 gid=0 chain=0x2000000 mount=/ifs]\n[filter=\"tr a-c A-C\"] /up={tmp_path}/in/word\n"
        f"[sha256={digest} cksum={cksum}] /etc/same={tmp_path}/in/word\n[type=hlink] /etc/other=/etc/same\n"
        f"[type=fifo perms=0622] /etc/queue\n/tree={tmp_path}/in\n")
    image = tmp_path / "t.ifs"
    run = tool("mkifs", "-nn", "-h", "-p", tmp_path / "patches", tmp_path / "t.build", image)
    assert run.returncode == 0, run.stderr
    listing = tool("dumpifs", "-v", image).stdout
    rows = listing.splitlines()
    details = {row.split()[2]: rows[i + 1] for i, row in enumerate(rows[:-1]) if "gid=" in rows[i + 1]}
    assert "mountpoint=/ifs" in listing and "chain=0x2000000" in listing
    assert "uid=7" in details["etc/same"] and "mode=0123" in details["etc/same"] and "mode=0700" in details["etc"]
    inode = {name: line.split("ino=")[1].split()[0] for name, line in details.items()}
    assert inode["etc/same"] == inode["etc/other"] and inode["tree/word"] == inode["tree/word2"] == inode["etc/same"] != inode["up"]
    out = tmp_path / "out"
    tool("dumpifs", "-x", "-d", out, image)
    assert (out / "up").read_text() == "ABC\n" and (out / "etc/other").read_text() == "abc\n"
    (tmp_path / "bad.build").write_text(f"[sha256={'0' * 64}] /a={tmp_path}/in/word\n[filter=false] /b={tmp_path}/in/word\n")
    run = tool("mkifs", tmp_path / "bad.build", tmp_path / "bad.ifs")
    assert run.returncode == 1 and "has another sha256" in run.stderr and "the filter 'false' failed" in run.stderr
    assert not (tmp_path / "bad.ifs").exists()


def test_libraries(tool, request, tmp_path):
    """MKIFS-0008 autoso= lists or adds what is needed, SONAME links, keeplinked .sym, -s, and both rules of MKIFS_PATH."""
    root = paths.sysroot(paths.build_dir(request.config.getoption("--build-dir")))
    (tmp_path / "own").mkdir()
    (tmp_path / "own/sh").write_text("another sh\n")
    build = tmp_path / "t.build"
    build.write_text("[prefix=proc/boot]\n[+keeplinked] ifconfig\n[autoso=list]\n")
    env = {"QNX_TARGET": str(root), "PROCESSOR": "x86_64"}
    image = tmp_path / "t.ifs"
    run = tool("mkifs", "-nn", "-o", tmp_path, "-a", ".x", build, image, env=env)
    assert run.returncode == 0 and "library 'libsocket.so" in run.stderr
    assert (tmp_path / "ifconfig.sym.x").read_bytes() == (root / "x86_64/sbin/ifconfig").read_bytes()
    build.write_text(build.read_text().replace("list", "add"))
    graph = tmp_path / "t.svg"
    run = tool("mkifs", "-nn", "-v", "--graph", graph, build, image, env=env)
    assert "[A] proc/boot/libsocket.so" in run.stdout and "[A] proc/boot/libc.so" in run.stdout, run.stderr
    picture = xml.dom.minidom.parse(str(graph)).toxml()
    assert "ifconfig" in picture and picture.count("<line ") >= 2
    build.write_text("sh\n")
    for rules, size in (("7.0", len("another sh\n")), ("7.1", (root / "x86_64/bin/sh").stat().st_size)):
        tool("mkifs", "--search-rules", rules, "-l", "[+raw]", "-r", root, build, image,
             env={"MKIFS_PATH": str(tmp_path / "own"), "PROCESSOR": "x86_64"})
        assert f"{size:x}  sh" in tool("dumpifs", image).stdout
    assert tool("mkxfs", "-t", "ifs", build, image, env=env).returncode == 0
    assert tool("mkxfs", "-t", "etfs", build, image, env=env).returncode == 1


def test_listing(tool, tmp_path):
    """MKIFS-0009 dumpifs: columns, -m, -v levels, -b, -f and names on the command line."""
    (tmp_path / "t.build").write_text("[uid=0 gid=0]\n/a/b = {\ntext\n}\n/c/d = {\nmore\n}\n[type=link] l=/a/b\n")
    image, out = tmp_path / "t.ifs", tmp_path / "out"
    tool("mkifs", "-nn", tmp_path / "t.build", image)
    rows = [line.split(None, 2) for line in tool("dumpifs", image).stdout.splitlines()]
    assert rows[0] == ["Offset", "Size", "Name"] and ["----", "----", "Root-dirent"] in rows and ["----", "4", "l -> /a/b"] in rows
    assert hashlib.md5(b"text\n").hexdigest() in tool("dumpifs", "-m", image).stdout
    assert "Image SHA512=" in tool("dumpifs", "-vvv", image).stdout and "mode=0666" in tool("dumpifs", "-v", image).stdout
    assert tool("dumpifs", "-b", "-d", out, "-f", "a/b", image).returncode == 0
    assert [file.name for file in out.iterdir()] == ["b"]
    assert tool("dumpifs", "-x", "-d", out, image, "c/d").returncode == 0 and (out / "c/d").read_text() == "more\n"


def test_round_trip(tool, tmp_path):
    """MKIFS-0002 dumpifs extracts what mkifs put in: content, modes, links, directories."""
    (tmp_path / "host.txt").write_text("from the host\n")
    (tmp_path / "t.build").write_text(
        "[uid=0 gid=0]\n"
        "[perms=0640] /etc/inline = {\n  # kept \\{as it is\\}\n}\n"
        f"/data/renamed={tmp_path}/host.txt\n"
        "[type=link] /bin/sh=/proc/boot/sh\n"
        "[type=dir perms=1777] /var/tmp\n"
        "[dperms=0700] /secret/deep/key = {\nk\n}\n"
        "[dperms=0750] /secret/other/key = {\nk\n}\n"
        "[type=dir dperms=1770] /open/drop\n")
    image = tmp_path / "t.ifs"
    assert tool("mkifs", "-nn", tmp_path / "t.build", image).returncode == 0
    listing = tool("dumpifs", "-v", image).stdout
    assert "bin/sh -> /proc/boot/sh" in listing and "mode=1777" in listing
    modes = dict(re.findall(r"(\S+)\n.*mode=(\d+)", listing))
    assert [modes[name] for name in ("secret", "secret/deep", "secret/other", "data", "open", "open/drop")] == \
        ["0700", "0700", "0750", "0755", "0755", "1770"], listing
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


def test_one_library_two_names(tool, tmp_path, request):
    """MKIFS-0010 ldqnx-64.so.2 and libc.so, each on a line as public buildfiles have them, are one file and a link; others of one name are refused."""
    root = paths.build_dir(request.config.getoption("--build-dir")) / "sysroot"
    (tmp_path / "t.build").write_text("libc.so\nldqnx-64.so.2\n")
    run = tool("mkifs", tmp_path / "t.build", tmp_path / "t.ifs", env={"QNX_TARGET": str(root)})
    assert run.returncode == 0, run.stderr
    listing = tool("dumpifs", tmp_path / "t.ifs").stdout
    assert "ldqnx-64.so.2 -> libc.so" in listing and len([row for row in listing.splitlines() if row.endswith("libc.so")]) == 2, listing
    (tmp_path / "t.build").write_text("libc.so\nlibc.so=libpci.so\n[-autolink] libc.so=libslog2.so\n")
    run = tool("mkifs", tmp_path / "t.build", tmp_path / "t.ifs", env={"QNX_TARGET": str(root)})
    assert run.returncode == 1 and "Entry 'libc.so' redefined" in run.stderr, run.stderr
