# SPDX-License-Identifier: Apache-2.0
"""io-pkt as a process: its threads and their priorities, two instances side by side, watchdogs, what a fault does to the cards."""
import re

import pytest

from conftest import ENDS


def stop_all(cards):
    """Also the second instance."""
    cards.guest.check("slay -f -s SIGKILL io-pkt-v4-hc; while test -e /dev/socket || test -e /alt/dev/socket; do :; done")


@pytest.mark.seed("OPT-P", "OPT-r", "OPT-t", "OPT-D", "TCP-rxprio", "TCP-timer")
@pytest.mark.parametrize("dedicated", ["", "-D"])
def test_threads(cards, dedicated):
    """INS-0001 -P -r -t -D rx_prio= and timer_pulse_prio= show in pidin; a driver's priority= comes before rx_prio=."""
    guest = cards.start(f"{dedicated} -P 25 -r 30 -t 3 -w 5 -p tcpip rx_prio=24,timer_pulse_prio=26 -d e1000 -d virtio priority=27")
    threads = {name.rsplit("/", 1)[0]: priority for name, priority in cards.threads().items()}
    assert threads["io-pkt main"] == 25 and threads["io-pkt watchdog"] == 30
    assert {f"io-pkt#0x{n:02x}" for n in range(3)} <= threads.keys() and "io-pkt#0x03" not in threads
    assert ("io-pkt stack" in threads) == (dedicated == "-D")
    assert threads["wm0 event"] == 24 and threads["vt0 receive"] == 27, threads
    for card, address, peer in (("wm0", "10.9.0.2", "10.9.0.1"), ("vt0", "10.9.1.2", "10.9.1.1")):
        guest.check(f"ifconfig {card} {address}/24 up")
        assert " 0% packet loss" in guest.check(f"ping -c 2 {peer}")
    # Due timers (ping's, ARP's) made the stack's thread run at timer_pulse_prio.
    guest.check("until pidin -p io-pkt-v4-hc -F '%p %h' | grep -q '^ *26.*io-pkt'; do :; done")


@pytest.mark.seed("OPT-t", "OPT-P", "OPT-D")
def test_default_threads(cards):
    """INS-0002 by default one worker a CPU, everything at 21, no stack thread and no watchdog."""
    guest = cards.start()
    cpus = guest.check("pidin info").count("Processor")
    names = [name.rsplit("/", 1)[0] for name in cards.threads()]
    assert sorted(names) == sorted(["io-pkt main"] + [f"io-pkt#0x{n:02x}" for n in range(cpus)])
    assert set(cards.threads().values()) == {21}


@pytest.mark.seed("OPT-D")
def test_dedicated_thread(station):
    """INS-0003 with -D the library's socket tests pass as without."""
    guest = station()
    guest.check("io-pkt-v4-hc -D && waitfor /dev/socket 10")
    result = guest.run("socket-test", timeout=120)
    assert result.status == 0, result.output
    result = guest.run("tcp-test", timeout=120)
    assert result.status == 0, result.output


@pytest.mark.parametrize("threads", ["-t 1", "-D"])
def test_names_below_own_nodes(cards, threads):
    """INS-0009 bind() of a local socket asks io-pkt itself about a name below its nodes; one receiving thread is enough for that."""
    guest = cards.start(threads)
    guest.check("option-client local /dev/socket/mine")
    assert "in use" in guest.run("option-client local /dev/socket/mine").output
    assert "in use" in guest.run("option-client local /dev/socket/2").output
    assert "Not a directory" in guest.run("option-client local /dev/socket/2/below").output
    assert "No such file" in guest.run("option-client local /dev/socket/no/where").output
    assert "denied" in guest.run("on -u 1000 option-client local /dev/socket/other").output
    guest.check("rm /dev/socket/mine && option-client local /dev/socket/mine && rm /dev/socket/mine")


@pytest.mark.seed("RUN-multi", "OPT-i", "TCP-prefix", "EX-2")
def test_two_instances(cards):
    """INS-0004 the page's example, typed as printed (with our driver): a second stack on the second card; one dies, the other goes on."""
    stop_all(cards)
    guest = cards.start_on("e1000")
    guest.check("io-pkt-v4-hc -i1 -ptcpip prefix=/alt")
    guest.check("waitfor /alt/dev/socket 10")
    guest.check("mount -Tio-pkt1 /proc/boot/devnp-virtio.so")
    guest.check("SOCK=/alt if_up -p vt0; SOCK=/alt ifconfig vt0 10.9.1.2/24 up")
    assert "vt0" in guest.check("SOCK=/alt ifconfig -a") and "wm0" not in guest.check("SOCK=/alt ifconfig -a")
    assert "wm0" in guest.check("ifconfig -a") and "vt0" not in guest.check("ifconfig -a")
    assert " 0% packet loss" in guest.check("SOCK=/alt ping -c 2 10.9.1.1")
    # A card belongs to one instance.
    busy = guest.run("mount -T io-pkt devnp-virtio.so")
    assert busy.status == 1 and "vt0" not in guest.check("ifconfig -a"), busy.output
    assert guest.run("mount -T io-pkt2 devnp-virtio.so").status == 1
    first = guest.check("ifconfig wm0")
    second = re.search(r"(\d+) +1 io-pkt#|(\d+)", guest.check("pidin -F '%a %A' | grep alt"))[0].split()[0]
    guest.check(f"kill -9 {second}; while test -e /alt/dev/socket; do :; done")
    assert guest.check("ifconfig wm0") == first
    assert " 0% packet loss" in guest.check("ping -c 2 10.9.0.1")
    assert guest.run("SOCK=/alt ifconfig -a").status != 0
    guest.check("io-pkt-v4-hc -i1 -ptcpip prefix=/alt -d virtio && SOCK=/alt if_up -p vt0")
    guest.check("SOCK=/alt ifconfig vt0 10.9.1.2/24 up")
    assert " 0% packet loss" in guest.check("SOCK=/alt ping -c 2 10.9.1.1")
    # The next one waits for the card of one that is still dying, here for more than a second.
    owner = guest.check("pidin -F '%a %A' | grep prefix=/alt").split()[0]
    guest.check(f"io-pkt-v4-hc -i2 -ptcpip prefix=/two -d virtio & sleep 1.5; kill -9 {owner}")
    guest.check("waitfor /two/dev/socket 10 && SOCK=/two if_up -p vt0")
    stop_all(cards)


def end_of(cards, model: str, options: str, mount: str, timeout: int = 30) -> str:
    """Starts io-pkt, mounts the probe with options, waits until io-pkt is gone; returns what was logged since."""
    guest = cards.guest
    guest.check("slay -f slogger2; while test -e /dev/slog; do :; done; slogger2 & waitfor /dev/slog 10")
    cards.start_on(model, options)
    guest.check("mount -T io-pkt -o hook devnp-probe.so")
    guest.tolerate_faults("io-pkt-v4-hc")
    guest.run(f"mount -T io-pkt -o {mount} devnp-probe.so &")
    guest.check("while test -e /dev/socket; do :; done", timeout=timeout)
    return cards.log()


@pytest.mark.seed("OPT-w")
def test_stack_watchdog(cards, nic_model):
    """INS-0005 -w: a stack that does nothing for two seconds is ended with its cards stopped; a shorter pause is not."""
    log = end_of(cards, nic_model, "-w 2", "sleep=1000,sleep=60000")
    assert "panic: the stack did nothing for 2 s" in log and "probe: shutdown hook" in log
    guest = cards.start_on(nic_model, "-w 3")
    guest.check("mount -T io-pkt -o sleep=1000 devnp-probe.so")
    assert " 0% packet loss" in guest.check(f"ping -c 2 {ENDS[nic_model].peer}")
    ticks = cards.value("qnx.kern.hardclock_ticks")
    guest.check(f"while test $(sysctl -n qnx.kern.hardclock_ticks) -le {ticks + 3}; do :; done")


@pytest.mark.seed("OPT-q")
def test_quiesce_watchdog(cards, nic_model):
    """INS-0006 -q: a quiesce_all() that is not undone ends io-pkt; without the option it does not."""
    log = end_of(cards, nic_model, "-q 1 -t 2", "quiesce")
    assert "probe: quiesce_all: done" in log and "panic: quiesce_all() was not undone in 1 s" in log
    assert "probe: shutdown hook" in log


@pytest.mark.seed("OPT-S")
@pytest.mark.parametrize("option", ["", "-S"])
def test_fault_handler(cards, nic_model, option):
    """INS-0007 a fault runs the drivers' shutdown hooks before io-pkt dies of it; with -S it does not."""
    log = end_of(cards, nic_model, option, "fault")
    assert ("probe: shutdown hook" in log) == (option == "")


@pytest.mark.seed("OPT-I")
def test_without_io_privilege(cards, nic_model):
    """INS-0008 -I: a driver cannot attach a handler, one that works with events (both of ours) does its work."""
    guest = cards.start_on(nic_model, "-I")
    guest.check("mount -T io-pkt -o isr=5 devnp-probe.so")
    assert re.findall(r"probe: (interrupt \w+): (.+)", cards.log())[-2:] == [("interrupt handler", "Operation not permitted"),
                                                                            ("interrupt event", "done")]
    assert " 0% packet loss" in guest.check(f"ping -c 2 {ENDS[nic_model].peer}")
    guest = cards.start(" -p tcpip bigstack")
    guest.check("mount -T io-pkt -o isr=5 devnp-probe.so")
    assert re.findall(r"probe: (interrupt handler): (.+)", cards.log())[-1] == ("interrupt handler", "done")
