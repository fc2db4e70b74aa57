# SPDX-License-Identifier: Apache-2.0
"""Images of every boot kind start, give their files back, and run every kind of startup script line."""
import os
import pathlib
import subprocess

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from conftest import answer_ping
from harness import paths

KINDS = [("elf +compress", {}),               # UCL asked for: zlib written
         ("elf compress=2", {}),              # LZO
         ("multiboot compress=1", {"smp": 2}),
         ("bios", {"disk": True}),
         ("bios +compress", {"disk": True, "machine": "pc"}),
         ("bios", {}),                        # the same file by -kernel
         ("raw ram=32m", {})]


def kind_image(folder: pathlib.Path, kind: str) -> pathlib.Path:
    """The minimal image with another boot section."""
    text = (paths.ROOT / "images/minimal.build").read_text()
    boot = (paths.ROOT / "images/parts/boot.build").read_text().replace("[virtual=x86_64,elf]", f"[virtual=x86_64,{kind}]")
    name = "kind-" + "".join(letter if letter.isalnum() else "-" for letter in kind)
    out = folder / f"{name}.build"
    out.write_text(text.replace("[+include] images/parts/boot.build", boot))
    return out


@pytest.mark.parametrize("kind,machine", KINDS, ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else
                         "-".join(map(str, value.values())) or "kernel")
def test_boot_kinds(lab, kind, machine):
    """IMG-0001 elf, multiboot, bios (disk and -kernel) and raw images boot, plain and compressed."""
    guest = lab.boot(str(kind_image(lab.folder, kind)), **machine)
    assert guest.check("echo here") == "here\n"
    assert "procnto" in guest.check("ls /proc/boot")
    assert guest.shutdown() == 0


def rows(guest) -> dict[str, dict[str, str]]:
    """What pidin says of each sleeping process, by its last argument."""
    found = {}
    for line in guest.check('pidin -F "%p %i %z %P %A"').splitlines()[1:]:
        words = line.split()
        if len(words) > 4 and words[-1].isdigit() and len(words[-1]) == 4:
            found[words[-1]] = dict(zip(("priority", "runmask", "session", "group"), words[:4]), args=" ".join(words[4:]))
    return found


def test_startup_script(lab):
    """IMG-0002 every internal command and modifier has its effect: console, links, pidin's columns, environments."""
    guest = lab.boot("script", smp=2)
    console = guest.console.transcript
    assert "script: it begins, unquoted (and collapsed)\r\n" in console
    assert "script: quoted  text with  blanks\r\n" in console
    complaints = (guest.folder / "debug.log").read_text()
    assert "/dev/never: waitfor: not there in time" in complaints
    assert "Drivers: sched_aps: there is no adaptive partitioning" in complaints
    assert guest.check("ls -l /dev/console").split()[-1] == "/dev/ser1"
    found = rows(guest)
    assert {name: row["priority"] for name, row in found.items()} == {
        "1001": "25f", "1002": "9r", "1003": "7o", "1004": "10r", "1005": "10r", "1006": "10r", "1007": "12r",
        "1008": "10r", "1009": "15f", "1010": "10r"}
    masks = {name: int(row["runmask"], 16) for name, row in found.items()}
    assert masks["1004"] == masks["1009"] == 2 and masks["1007"] == 1 and masks["1010"] & 3 == masks["1001"] & 3 == 3
    assert found["1005"]["args"] == "napper 1005" and found["1007"]["args"] == "both 1007"
    sessions = {name: row["session"] for name, row in found.items()}
    assert sessions["1006"] == found["1006"]["group"] and list(sessions.values()).count(sessions["1006"]) == 1
    environment = guest.check("pidin environment")
    one = next(part for part in environment.split("both") if "ONLY=here" in part)
    assert "KEPT=for this one" in one and "WORDS=two words" in one
    assert environment.count("ONLY=here") == 1 and environment.count("KEPT=second") >= 8
    assert "KEPT=first" not in environment
    assert guest.check("cat /tmp/copy") == "done\n"  # the line before it had ended
    assert guest.run("ls /tmp/not-a-shell").status != 0
    assert guest.shutdown() == 0


@pytest.fixture
def tools(request):
    """mkifs and dumpifs of the build, as a function."""
    build = paths.build_dir(request.config.getoption("--build-dir"))

    def run(name, *arguments):
        return subprocess.run([build / "buildfile" / name, *map(str, arguments)], cwd=paths.ROOT, text=True, check=True,
                              capture_output=True, env={**os.environ, "QNX_TARGET": str(paths.sysroot(build))}).stdout
    return run


def stripped(path: pathlib.Path) -> bool:
    """ELF files change on their way into an image."""
    return path.read_bytes()[:4] == b"\x7fELF"


@pytest.mark.quick
@pytest.mark.parametrize("name", sorted(p.stem for p in (paths.ROOT / "images").glob("*.build") if p.stem != "meson"))
def test_every_file_comes_back(tools, tmp_path, name):
    """IMG-0003 dumpifs -x gives each file of an image back byte for byte, the same from every compression."""
    source = f"images/{name}.build"
    trees = []
    for way, line in (("plain", "# none"), ("zlib", "[compress=1]"), ("lzo", "[compress=2]")):
        image, out = tmp_path / f"{way}.ifs", tmp_path / way
        tools("mkifs", "-nn", "-l", line, source, image)
        tools("dumpifs", "-x", "-d", out, image)
        trees.append({str(file.relative_to(out)): os.readlink(file) if file.is_symlink() else file.read_bytes()
                      for file in sorted(out.rglob("*")) if file.is_symlink() or file.is_file()})
        if way != "plain":
            unpacked = tmp_path / "unpacked.ifs"
            tools("dumpifs", "-u", unpacked, image)
            assert "Decompressed" in tools("dumpifs", image) and "Decompressed" not in tools("dumpifs", unpacked)
    assert trees[0] == trees[1] == trees[2] and len(trees[0]) > 20
    raw, again, out = tmp_path / "raw.ifs", tmp_path / "again.ifs", tmp_path / "raw"  # +raw: as on the host
    listing = tools("mkifs", "-nn", "-v", "-l", "[+raw -autolink]", source, raw)
    tools("mkifs", "-nn", "-l", "[+raw -autolink]", source, again)
    assert raw.read_bytes() == again.read_bytes()
    tools("dumpifs", "-x", "-d", out, raw)
    for line in listing.splitlines():
        target, _, host = line.split(None, 2)[-1].partition("=")
        if host.startswith("/") and (out / target).is_file():
            assert (out / target).read_bytes() == pathlib.Path(host).read_bytes(), target


@pytest.mark.seed("TCP-fwd")
def test_router(lab):
    """IMG-0004 the router image, written from README.md's chapter, forwards between its two cards."""
    left, right = lab.link(address="10.1.0.9", mac="02:00:00:00:00:19"), lab.link(address="10.2.0.9", mac="02:00:00:00:00:29")
    for cable in (left, right):
        cable.answer_arp()
    guest = lab.boot("router", nics=[lab.nic(left, "e1000"), lab.nic(right, "virtio", "52:54:00:12:34:57")])
    assert "10.1.0.1" in guest.check("ifconfig wm0") and "10.2.0.1" in guest.check("ifconfig vt0")
    sent = (Ether(src=left.mac, dst="52:54:00:12:34:56") / IP(src="10.1.0.9", dst="10.2.0.9", ttl=9) /
            UDP(sport=1000, dport=2000) / b"through")
    left.send(sent)
    got = right.receive(lambda packet: UDP in packet and packet[UDP].dport == 2000)
    assert got[IP].src == "10.1.0.9" and got[IP].ttl == 8 and bytes(got[UDP].payload)[:7] == b"through"
    assert guest.shutdown() == 0


def test_options_image(lab):
    """IMG-0006 the options image: two stacks, the first without root, each reached from its own cable."""
    left, right = lab.link(address="10.1.0.9", mac="02:00:00:00:00:19"), lab.link(address="10.2.0.9", mac="02:00:00:00:00:29")
    for cable in (left, right):
        cable.answer_arp()
        cable.handlers.append(answer_ping)
    guest = lab.boot("options", nics=[lab.nic(left, "e1000"), lab.nic(right, "virtio", "52:54:00:12:34:57")])
    assert " 0% packet loss" in guest.check("ping -c 2 10.1.0.9") and " 0% packet loss" in guest.check("SOCK=/alt ping -c 2 10.2.0.9")
    users = [line for line in guest.check("pidin users").splitlines() if "io-pkt" in line]
    assert sorted(line.split()[2] for line in users) == ["0", "33"]
    assert "iopkt" in guest.check("ls -l /dev/bpf") and "wan0" in guest.check("SOCK=/alt ifconfig -a")
    assert guest.shutdown() == 0


def test_mount(lab):
    """IMG-0005 mount=/ifs puts the whole image below /ifs; the script finds its programs there by PATH."""
    text = (paths.ROOT / "images/minimal.build").read_text()
    boot = (paths.ROOT / "images/parts/boot.build").read_text().replace("/proc/boot", "/ifs/xbin")
    text = text.replace("[+include] images/parts/boot.build", "[prefix=xbin]\n" + boot).replace("/proc/boot", "/ifs/xbin")
    text = text.replace("    fs-tmpfs", "    procmgr_symlink /ifs/xbin/libc.so /usr/lib/ldqnx-64.so.2\n    procmgr_symlink /ifs/xbin/sh /bin/sh\n    fs-tmpfs", 1)
    file = lab.folder / "mount.build"
    file.write_text(text + "[mount=/ifs]\n")
    guest = lab.boot(str(file))
    assert "sh" in guest.check("ls /ifs/xbin").split()
    assert guest.shutdown() == 0
