# SPDX-License-Identifier: Apache-2.0
"""pidin's formats, shorthands and selections."""
import re


def test_pidin_reports(station):
    """UTIL-0101 letters and widths, families, names of open files, timers, users, signals, memory."""
    guest = station()
    shell = re.search(r"^ *(\d+) +1 +proc/boot/sh ", guest.check("pidin"), re.M).group(1)
    shown = guest.check('pidin -F "%a %40N %T %l" -p sh').splitlines()
    assert shown[0].startswith("     pid name" + " " * 36) and re.fullmatch(rf" *{shell} proc/boot/sh {{28}} +1 +\d", shown[1].rstrip()), shown
    assert len(shown) == 2
    family = guest.check("pidin -P sh family")
    assert "proc/boot/sh" in family and "pidin" in family and "slogger2" not in family
    assert re.search(r"proc/boot/sh\n +0 .*devc-ser8250 +/dev/ser1", guest.check("pidin fds"))
    assert re.search(r"proc/boot/sh +0 +0 +0 +0 +0 +0", guest.check("pidin users"))
    assert re.search(r"proc/boot/sh +[1-9]\d*K +[1-9]\d*K", guest.check("pidin pmem"))
    assert re.search(r"proc/boot/sh +[0-9a-f]*[1-9a-f][0-9a-f]* 0{16}", guest.check("pidin signals"))
    assert "interval" in guest.check("pidin timers")
    assert guest.run("pidin nosuch").status != 0


def test_pidin_shorthands(station):
    """UTIL-0102 options before, between and behind shorthands; times for ti; stacks used of their size; channels; who is told of interrupts."""
    guest = station()
    # The server's thread has the priority of what it did last, a client's or its interrupt's.
    behind, before = (re.sub(r"\b\d+[rfo]\b", "PRIO", guest.check(command)) for command in
                      ("pidin th -p devc-ser8250", "pidin -p devc-ser8250 th"))
    assert behind == before and len(behind.splitlines()) == 2
    assert guest.check("pidin ti -p sh").splitlines()[0] == guest.check("pidin times").splitlines()[0] != guest.check("pidin timers").splitlines()[0]
    used = re.search(r"devc-ser8250 .* (\d+)\(1M\)$", guest.check("pidin mem -p devc-ser8250"), re.M)
    assert 4096 <= int(used[1]) < 1 << 20
    assert re.search(r"procnto-smp-instr .* [1-9]\d*[KM] +[1-9]\d*[KM] +\d+$", guest.check("pidin mem"), re.M)
    row = guest.check("pidin ch -p devc-ser8250").splitlines()[1].split()
    assert row[2] == "1" and int(row[4]) >= 1 and row[5:] == ["1", "0", "0", "0"]  # clients; one thread waits, nothing queued
    assert re.search(r"procnto-smp-instr +1 -U-D-+ +[1-9]", guest.check("pidin channels"))
    serial = re.search(r"devc-ser8250 +\d+ +0x4 +\d+ +\d+ \S+ +event +([1-9]\d*)$", guest.check("pidin irqs"), re.M)
    assert serial, "the serial line's interrupt"


def test_pidin_blocked(station):
    """UTIL-0103 the Blocked column: channels, processes, threads, addresses, and a mutex by its owner and how often it is locked."""
    guest = station()
    guest.check("sched-test states > /tmp/states & until grep -q ready /tmp/states; do :; done")
    expected = guest.check("cat /tmp/states").splitlines()[:-1]
    shown = [line.split() for line in guest.check("pidin -p sched-test").splitlines()[1:]]
    assert [" ".join([row[1]] + row[4:]) for row in shown] == expected, shown
    guest.run("slay -f sched-test")


def test_proc_memory_files(station):
    """PMGR-0010 /proc/<pid>/pmap has a line for each region, mappings one for each page, vmstat their sums."""
    guest = station()
    regions = [line.split(",") for line in guest.check("cat /proc/self/pmap").splitlines()]
    assert regions[0] == "vaddr,size,flags,prot,maxprot,dev,ino,offset,rsv,guardsize,refcnt,mapcnt,path".split(",")
    assert all(len(region) == 13 and int(region[1], 16) % 4096 == 0 for region in regions[1:])
    code = [region for region in regions if region[12] == "/proc/boot/libc.so" and region[3] == "0x5"]
    assert code and int(code[0][10], 16) > 2 and any(region[12] == "stack" for region in regions)
    pages = [line.split(",") for line in guest.check("cat /proc/self/mappings").splitlines()]
    assert pages[0][0] == "mi_vaddr" and len(pages[0]) == 15 and len(pages) > 20
    inside = [any(int(r[0], 16) <= int(p[0], 16) < int(r[0], 16) + int(r[1], 16) for r in regions[1:]) for p in pages[1:]]
    assert sum(inside) > len(inside) * 3 // 4  # another cat: what it maps where differs a little
    counts = dict(line.split("=") for line in guest.check("cat /proc/self/vmstat").splitlines())
    assert abs(int(counts["as_stats.regions"]) - len(regions) + 1) <= 2 and int(counts["as_stats.resident"]) > 20
    assert guest.run("on -u 1000 cat /proc/1/pmap").status != 0 and guest.run("on -u 1000 cat /proc/self/pmap").status == 0


def test_slay_run_masks(lab):
    """UTIL-0104 slay -C, -R and -i: where a program's threads run, and what it starts."""
    guest = lab.boot(smp=4)
    guest.check("sleep 1000 &")
    for options, mask in (("-C 1", 2), ("-C 0 -C 2", 5), ("-i -R 0x8", 8)):
        assert guest.run(f"slay -f {options} sleep").status == 1
        assert re.search(rf"sleep +0*{mask:x} ", guest.check("pidin rmasks -p sleep")), (options, guest.check("pidin rmasks -p sleep"))
    assert guest.run("slay -f -R 0 sleep").status == guest.run("slay -f -C 32 sleep").status == 0
    guest.run("slay -f sleep")


def test_slay_and_waitfor(station):
    """UTIL-0105 slay's status is how many it found, it asks when several match, stops and continues; waitfor gives up in time."""
    guest = station()
    guest.check("sleep 1000 & sleep 1000 &")
    pids = guest.run("slay -p sleep")
    assert pids.status == 2 and sorted(pids.output.split()) == sorted(re.findall(r"^ *(\d+) ", guest.check("pidin -p sleep"), re.M))
    first, second = pids.output.split()
    flags = guest.check(f"pidin flags -p {first}")
    assert guest.run(f"slay -h {first}").status == 1 and guest.check(f"pidin flags -p {first}") != flags  # _DEBUG_FLAG_STOPPED
    assert guest.run(f"slay -u {first}").status == 1 and guest.check(f"pidin flags -p {first}") == flags
    assert guest.run(f"slay -P 8f {first}").status == 1 and re.search(rf"{first} +1 \S+ +8f ", guest.check("pidin -p sleep"))
    guest.shell.start("slay sleep; echo slain $?")
    for answer in ("n", "y"):
        guest.console.expect(r"\(y/N\)\?")
        guest.console.send(answer + "\n")
    guest.console.expect(r"^slain 1")
    guest.shell.wait_prompt()
    left = guest.run("slay -p sleep")
    assert left.status == 1 and left.output.split()[0] in (first, second)
    assert guest.run("slay -f -s KILL sleep").status == 1 and guest.run("slay -Q sleep").output == ""
    dying = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & slay -f -s KILL sleep; slay -Q sleep; done"
    assert "slay:" not in guest.run(dying).output  # who dies between the list and the signal was not there
    complaint = guest.run("slay sleep")
    assert complaint.status == 0 and "Unable to find process 'sleep'" in complaint.output
    assert guest.run("waitfor /dev/null").status == 0 and guest.run("waitfor /dev/never 0.3 50").status != 0


def test_ps_and_sin(station):
    """UTIL-0106 ps selects and shows columns as POSIX says; sin is pidin; showmem's sums are those of its columns; ldd."""
    guest = station()
    guest.check("sleep 1000 &")
    pid = guest.run("slay -p sleep").output.split()[0]
    full = guest.check("ps -ef").splitlines()
    assert full[0].split() == ["USER", "PID", "PPID", "STIME", "TIME", "COMMAND"]
    assert re.search(rf"^root +{pid} +\d+ +\S+ +00:00:00 sleep 1000$", "\n".join(full), re.M)
    assert len(full) - 1 >= len(set(re.findall(r"^ *(\d+) ", guest.check("pidin pids"), re.M))) - 1
    own = guest.check("ps").splitlines()
    assert any(line.endswith(" sh") for line in own) and not any("slogger2" in line for line in own)
    assert guest.check(f"ps -p {pid} -o comm= -o ppid=").split() == ["sleep", guest.check("echo $$").strip()]
    assert guest.check(f"ps -o pid,comm=Program -p {pid}").splitlines() == ["     PID Program", f"{pid:>8} sleep"]
    assert guest.check(f"ps -o pri= -o state= -p {pid}").split() == ["10", "NANOSLEEP"]
    size = guest.check(f"ps -o rss=X -o vsz=Y -p {pid}").splitlines()[1].split()
    assert 100 < int(size[0]) <= int(size[1])
    assert guest.run("ps -p 999999").status == 1 and guest.run("ps -o nosuch").status == 1
    assert guest.check("sin fds -p sleep") == guest.check("pidin fds -p sleep")
    assert re.search(rf"^ *\d+ +{pid} \S*sleep +\d+K +\d+K$", guest.check("sin"), re.M)
    shown = guest.check("showmem sleep procnto-smp-instr").splitlines()
    assert re.match(r"System RAM: +\d+K total +\d+K used +\d+K free$", shown[0]) and len(shown) == 4, shown
    for line in shown[2:]:
        total, *parts = [int(number) for number in re.findall(r"(\d+)K", line)]
        assert len(parts) == 5 and abs(sum(parts) - total) < 5 and total > 100, line
    assert guest.run("showmem nosuch").status == 1
    assert "libc.so => " in guest.check("ldd /proc/boot/slay") and guest.run("ldd /proc/boot/none").status != 0
    guest.run("slay -f sleep")


def test_df(station):
    """UTIL-0107 df: used blocks of fs-tmpfs, the file system of a path, POSIX's heading."""
    guest = station()
    lines = {line.split()[-1]: line.split() for line in guest.check("df -k").splitlines()}
    assert lines["/tmp"][0] == "fs-tmpfs" and lines["/"][3:5] == ["0", "100%"] and "/dev/shmem" in lines
    before = int(guest.check("df -k /tmp").split()[2])
    guest.check("dd if=/dev/zero of=/tmp/filled bs=1k count=512 2>/dev/null")
    after = guest.check("df -Pk /tmp/filled").splitlines()
    assert after[0].split() == ["Filesystem", "1024-blocks", "Used", "Available", "Capacity", "Mounted", "on"]
    assert 512 <= int(after[1].split()[2]) - before < 520 and after[1].split()[5] == "/tmp"
    assert int(guest.check("df /tmp").split()[2]) == 2 * int(after[1].split()[2])
    assert guest.check("df -n /proc/boot/sh").split() == ["procnto-smp-instr", "/"]
    assert guest.run("df /tmp/none").status == 1
    guest.check("rm /tmp/filled")
