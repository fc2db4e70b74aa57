# SPDX-License-Identifier: Apache-2.0
"""io-pkt gives up root: what it keeps, what it loses, and that nobody notices on the wire; what clients without root may do."""
import re

import pytest

from conftest import ENDS

ABILITIES = {0x2: "interrupt", 0x4: "connection", 0x8: "timer", 0x10: "prot_exec", 0x40: "qnet", 0x80: "public_channel"}
KEPT = ["keydata", "mem_phys", "pathspace", "priority", "iofunc/dup", "iofunc/exec", "iofunc/read"]
# What the probe reports when an ability is missing, and in which of its attempts.
ATTEMPTS = {"interrupt": ["interrupt handler", "interrupt event"], "connection": ["connection of another process"],
            "timer": ["timer of another process"], "prot_exec": ["executable memory"], "public_channel": ["public channel"]}


def probe(cards) -> dict[str, str]:
    """What the hostile driver got: attempt -> "done" or the error."""
    cards.guest.check("while ! slog2info | grep -q 'hostile end'; do :; done")
    return dict(re.findall(r"probe: ([\w' ]+): (.+)", cards.log()))


def settings(cards) -> dict[str, str]:
    """pidin's non-root column, by ability."""
    out = cards.guest.check("pidin -p io-pkt-v4-hc abilities").split("denied since boot")[0]
    return {row[2]: row[4] for row in (line.split() for line in out.splitlines()[1:]) if len(row) == 6}


def drop(cards, model: str, mask: str):
    """A stack with traffic and a hostile driver drops root; returns what the driver got."""
    guest = cards.guest
    guest.check("slay -f slogger2; while test -e /dev/slog; do :; done; slogger2 & waitfor /dev/slog 10")
    cards.start_on(model, "-p tcpip bigstack")
    guest.check("mount -T io-pkt -o hostile,stranger=$$ devnp-probe.so")
    guest.check(f"sysctl -w qnx.kern.droproot={mask}")
    return probe(cards)


@pytest.mark.seed("DROP-0", "DROP-hex")
def test_no_drop(cards, nic_model):
    """DRP-0001 0 changes nothing; bad values are refused and change nothing either."""
    guest = cards.start_on(nic_model)
    guest.check("sysctl -w qnx.kern.droproot=0")
    for bad in ("0x100", "-1", "zz", "0x1x", ""):
        result = guest.run(f"sysctl -w qnx.kern.droproot={bad}")
        assert result.status == 1 and "qnx.kern.droproot" in result.output, bad
    assert cards.value("qnx.kern.droproot") == 0
    users = guest.check("pidin users")
    assert re.search(r"io-pkt-v4-hc +0 +0 +0 +0 +0 +0", users)
    assert settings(cards) == {}
    assert guest.run("on -u 1000 sysctl -w qnx.kern.droproot=1").status == 1
    assert " 0% packet loss" in guest.check(f"ping -c 1 {ENDS[nic_model].peer}")


@pytest.mark.seed("DROP-std", "DROP-keep", "DROP-path", "OPT-U")
def test_standard(cards, nic_model):
    """DRP-0002 0x21: the default user; a hostile driver is refused everything but what is kept, each refusal counted by name."""
    guest = cards.guest
    guest.check("(umask 077; echo secret > /tmp/secret)")
    got = drop(cards, nic_model, "0x21")
    assert re.search(r"io-pkt-v4-hc +99 +99 +99 +99 +99 +99", guest.check("pidin users"))
    assert [got[name] for name in ("physical memory", "priority 30")] == ["done", "done"]
    refused = ["interrupt handler", "interrupt event", "executable memory", "priority 200", "public channel", "fork", "setuid",
               "connection of another process", "timer of another process"]
    assert {got[name] for name in refused} == {"Operation not permitted"}
    assert got["root's file"] == "Permission denied"
    out = guest.check("pidin -p io-pkt-v4-hc abilities").split("denied since boot")[0]
    denied = {row[2]: int(row[5]) for row in (line.split() for line in out.splitlines()) if len(row) == 6 and row[5].isdigit()}
    for name in ("interrupt", "interruptevent", "prot_exec", "priority", "public_channel", "fork", "setuid", "connection", "timer"):
        assert denied[name] == 1, name
    now = settings(cards)
    assert {name for name, how in now.items() if how.startswith("allow")} == set(KEPT)


@pytest.mark.seed("DROP-int", "DROP-conn", "DROP-timer", "DROP-exec", "DROP-qnet", "DROP-pub", "DROP-hex")
@pytest.mark.parametrize("mask", [0x12, 0xC, 0xC0])
def test_kept_by_mask(cards, nic_model, mask):
    """DRP-0003 each bit keeps its ability, and only that: seen in pidin and in what the hostile driver gets."""
    got = drop(cards, nic_model, f"{mask:x}")  # without 0x: the number is hexadecimal all the same
    now = settings(cards)
    for bit, name in ABILITIES.items():
        assert now[name].startswith("allow" if mask & bit else "deny"), (hex(mask), name)
        for attempt in ATTEMPTS.get(name, []):
            assert (got[attempt] == "done") == bool(mask & bit), (hex(mask), attempt)
    second = cards.guest.run("sysctl -w qnx.kern.droproot=0x1")
    assert second.status == 1 and "not permitted" in second.output
    assert cards.value("qnx.kern.droproot") == mask
    # A driver's DLL can be mapped only with PROT_EXEC.
    cards.guest.check("cp /proc/boot/devnp-probe.so /tmp/devnp-other.so")
    mounted = cards.guest.run("mount -T io-pkt -o attach,name=zz /tmp/devnp-other.so")
    assert (mounted.status == 0) == (mask == 0x12) == (cards.guest.run("ifconfig zz0").status == 0), mounted.output
    assert mask == 0x12 or "not permitted" in mounted.output, mounted.output


@pytest.mark.seed("OPT-U")
def test_users(cards):
    """DRP-0004 both forms of -U: numbers with groups, and a name with its group from /etc/passwd."""
    for option, ids in (("-U 33:44,55,66", "33 +33 +33 +44 +44 +44"), ("-Uiopkt,7", "33 +33 +33 +33 +33 +33"),
                        ("-U 33", "33 +33 +33 +33 +33 +33"), ("-U 4321", "4321 +4321 +4321 +99 +99 +99")):
        cards.start(option)
        cards.guest.check("sysctl -w qnx.kern.droproot = 0x1")  # some pages have blanks there
        assert re.search(rf"io-pkt-v4-hc +{ids}", cards.guest.check("pidin users")), option


@pytest.mark.seed("DROP-traffic")
def test_traffic(cards, nic_model):
    """DRP-0005 pings and a TCP stream go on while root is dropped, without a loss; sockets come and go afterwards."""
    guest, peer = cards.start_on(nic_model), ENDS[nic_model].peer
    guest.check("sh -c 'ttcp -r -s -p 5001 > /tmp/received 2>&1 & while ! netstat -an | grep -q 5001; do :; done; "
                "ttcp -t -s -n 500 -p 5001 127.0.0.1 > /tmp/sent 2>&1 & "
                f"ping -i 0.1 -c 30 {peer} > /tmp/pings & sysctl -w qnx.kern.droproot=0x1; wait'", timeout=60)
    assert "30 packets transmitted, 30 packets received" in guest.check("cat /tmp/pings")
    assert "4096000 bytes" in guest.check("cat /tmp/received")
    assert " 0% packet loss" in guest.check(f"ping -c 2 {peer}")
    guest.check(f"ifconfig {ENDS[nic_model].interface} down")


def test_card_after_the_drop(cards):
    """DRP-0007 a PCI card can be mounted after the drop with interrupt and prot_exec kept: libpci was opened by root. Without that: EPERM."""
    guest = cards.start_on("e1000")
    guest.check("sysctl -w qnx.kern.droproot=0x12")
    guest.check("mount -T io-pkt devnp-virtio.so && ifconfig vt0 10.9.1.2/24 up")
    assert " 0% packet loss" in guest.check("ping -c 2 10.9.1.1")
    assert " 0% packet loss" in guest.check("ping -c 2 10.9.0.1")
    guest = cards.start()
    guest.check("sysctl -w qnx.kern.droproot=0x12")
    refused = guest.run("mount -T io-pkt devnp-virtio.so")
    assert refused.status == 1 and "not permitted" in refused.output
    assert guest.run("on -u 1000 pci-tool").status == 0  # looking is free


def test_client_abilities(cards):
    """DRP-0006 without root a client needs io-pkt's own ability for ports below 1024, interfaces, routes and raw sockets."""
    guest = cards.start_on("e1000")
    user = "on -u 1000 -A allow,nonroot,{}"
    cases = [("network/interface/setpriv", "ifconfig wm0 mtu 1400"),
             ("network/route/set", "route add -net 10.77.0.0/16 10.9.0.1"),
             ("network/socket/rawsock", "ping -c 1 10.9.0.1"),
             ("network/bind/privport", "option-client bind 1023")]
    for ability, command in cases:
        refused = guest.run(f"on -u 1000 {command}")
        assert refused.status != 0, command
        shown = guest.check("pidin abilities").split("denied since boot")[1]
        assert re.search(rf"^{ability} +[1-9]", shown, re.M), ability
        guest.check(user.format(f"able={ability}") + " " + command)
    for name in (name for name, _ in cases):  # one is not enough for the others
        for ability, command in cases:
            if ability != name:
                assert guest.run(user.format(f"able={name}") + " " + command).status != 0, (name, command)
    out = guest.check("on -u 1000 -A allow,nonroot,able=network/interface/setpriv,inherit sh -c 'ifconfig wm0 mtu 1300; ifconfig wm0'")
    assert "mtu 1300" in out
    assert guest.run("on -u 1000 ifconfig wm0").status == 0  # looking is free
    guest.check("ifconfig vlan0 create; ifconfig vlan0 vlan 5 vlanif wm0")  # but not at how a vlan is set up (SIOCGIFGENERIC)
    assert "vlan: 5" not in guest.check("on -u 1000 ifconfig vlan0")
    assert "vlan: 5" in guest.check(user.format("able=network/interface/getpriv") + " ifconfig vlan0")
