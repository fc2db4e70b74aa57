# SPDX-License-Identifier: Apache-2.0
"""A user's own programs: tools/qcc compiles them, an image carries them, the guest runs them."""
import subprocess

from harness import images, paths

QCC = str(paths.ROOT / "tools" / "qcc")
HELLO = """
#include <stdio.h>
#include <sys/neutrino.h>
#include <sys/socket.h>
#include <math.h>
int twice(int);
int main(int argc, char *argv[]) {
    int chid = ChannelCreate(0);
    printf("chid %d, %d, %.3f\\n", chid, twice(argc), sqrt(2.0 * argc));
    return socket(AF_INET, SOCK_DGRAM, 0) == -1 ? 0 : 1;
}
"""
CHARS = """
#include <array>
#include <cstdio>
#include <memory>
struct Shape { virtual ~Shape() = default; virtual int sides() const = 0; };
struct Square : Shape { int sides() const override { return 4; } };
int main() {
    std::array<std::unique_ptr<Shape>, 1> shapes{std::make_unique<Square>()};
    std::printf("%d sides, __QNXNTO__ %d\\n", shapes[0]->sides(), __QNXNTO__);
}
"""


def qcc(*words, check=True):
    """Runs the compiler driver."""
    return subprocess.run([QCC, *map(str, words)], capture_output=True, text=True, check=check)


def test_own_programs(lab, tmp_path):
    """QCC-0001 a C program with a shared object of its own and a C++ program run in the guest."""
    (tmp_path / "hello.c").write_text(HELLO)
    (tmp_path / "twice.c").write_text("int twice(int n) { return 2 * n; }\n")
    (tmp_path / "chars.cpp").write_text(CHARS)
    qcc("-shared", "-Wl,-soname,libtwice.so", "-o", tmp_path / "libtwice.so", tmp_path / "twice.c")
    qcc("-Vgcc_ntox86_64", "-Wall", "-Werror", "-o", tmp_path / "hello", tmp_path / "hello.c", "-L", tmp_path, "-ltwice",
        "-lsocket", "-lm")
    qcc("-Wall", "-Werror", "-o", tmp_path / "chars", tmp_path / "chars.cpp")
    buildfile = tmp_path / "own.build"
    buildfile.write_text("[+include] tests/guest.build\n" +
                         "".join(f"/proc/boot/{name}={tmp_path}/{name}\n" for name in ("hello", "chars", "libtwice.so")))
    guest = lab.boot(image=str(buildfile))
    assert guest.check("hello").strip() == "chid 1, 2, 1.414"
    assert guest.check("chars").strip() == "4 sides, __QNXNTO__ 1"


def test_sample_programs(lab, tmp_path):
    """QCC-0003 programs as the manuals teach them: a resource manager, pulses, dispatch, the library's additions."""
    sources = sorted((paths.ROOT / "tests" / "samples").glob("*.c"))
    for source in sources:
        qcc("-Vgcc_ntox86_64", "-Wall", "-Wextra", "-Werror", "-o", tmp_path / source.stem, source)
    buildfile = tmp_path / "samples.build"
    buildfile.write_text("[+include] tests/guest.build\n" + "".join(f"/proc/boot/{s.stem}={tmp_path}/{s.stem}\n" for s in sources))
    guest = lab.boot(image=str(buildfile))
    guest.check("note")
    assert guest.check("cat /dev/note") == "nothing yet\n"
    guest.check("echo changed > /dev/note")
    assert guest.check("cat /dev/note /dev/note") == "changed\nchanged\n"
    assert guest.check("pulses").strip() == "pulses: ticks, 3 questions"
    assert guest.check("attach").strip() == "attach: 9"
    assert guest.check("odds").strip() == "odds: all well"
    assert guest.check("server").strip() == "server: last 3, 3 asked"


def test_rebuilt_program(tmp_path, request):
    """QCC-0004 an image is made again when a program that its buildfile names has changed."""
    build = paths.build_dir(request.config.getoption("--build-dir"))
    program, buildfile = tmp_path / "own", tmp_path / "rebuilt.build"
    buildfile.write_text(f"/own={program}\n")
    program.write_text("first")
    assert b"first" in images.make(str(buildfile), build).read_bytes()
    program.write_text("second")
    assert b"second" in images.make(str(buildfile), build).read_bytes()


def test_errors(tmp_path):
    """QCC-0002 a fault in the source is gcc's error and status; without a sysroot the message says what to do; -V alone lists targets."""
    assert "gcc_ntox86_64 " in qcc("-V").stdout and "gcc_ntox86_64_cxx" in qcc("-V").stdout
    (tmp_path / "bad.c").write_text("int main(void) { return x; }\n")
    run = qcc("-c", "-o", tmp_path / "bad.o", tmp_path / "bad.c", check=False)
    assert run.returncode == 1 and "bad.c:1:" in run.stderr
    run = subprocess.run([QCC, "-c", str(tmp_path / "bad.c")], capture_output=True, text=True,
                         env={"QNX_TARGET": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert run.returncode == 1 and "tools/build" in run.stderr
