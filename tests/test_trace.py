# SPDX-License-Identifier: Apache-2.0
"""The kernel's event trace: a ping, seen from the ring to the trace viewer's JSON."""
import json

import pytest

from conftest import GUEST_ADDRESS, PEER_ADDRESS, start_pci, start_stack
from harness.trace import HEAD, KINDS, RECORD, Trace, to_json

FILE = "/tmp/trace"
SCHED_YIELD = 0x1C  # KER_SCHED_YIELD


def answer_pings(link):
    """The test is the pinged station."""
    from scapy.layers.inet import ICMP, IP
    from scapy.layers.l2 import Ether

    def handler(frame: bytes):
        packet = Ether(frame)
        if ICMP not in packet or packet[ICMP].type != 8:
            return None
        return bytes(Ether(src=link.mac, dst=packet.src) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) /
                     ICMP(type=0, id=packet[ICMP].id, seq=packet[ICMP].seq) / packet[ICMP].payload)
    link.handlers.append(handler)


@pytest.fixture
def traced_ping(lab, link):
    """The trace of one ping."""
    link.answer_arp()
    answer_pings(link)
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    start_pci(guest)
    start_stack(guest, "e1000")
    guest.check(f"ping -c 1 {PEER_ADDRESS}")  # the neighbour is known
    guest.check(f"tracelogger -f {FILE} ping -c 1 {PEER_ADDRESS}")
    return Trace.fetch(guest, FILE)


def test_ping(traced_ping):
    """TRACE-0001 the trace shows ping's message to io-pkt, the card's interrupt, and the answer, in this order."""
    trace = traced_ping
    stack = next(pid for pid, name in trace.names.items() if "io-pkt" in name)
    client = next(pid for pid, name in trace.names.items() if name.endswith("ping"))
    assert trace.lost == 0
    assert [e.ns for e in trace.events] == sorted(e.ns for e in trace.events)

    def find(after: int, what: str, condition) -> int:
        for number in range(after, len(trace.events)):
            if condition(trace.events[number]):
                return number
        raise AssertionError(f"no {what} after event {after} of {len(trace.events)}")
    # Header, address and the echo request of 64 bytes; then ping waits for a pulse, and reads the answer.
    send = find(0, "echo request", lambda e: e.kind == "send" and e.pid == client and e.data == stack and e.bytes > 100)
    rcvid = trace.events[send].rcvid
    received = find(send, "receive", lambda e: e.kind == "receive" and e.pid == stack and e.rcvid == rcvid)
    interrupt = find(received, "interrupt", lambda e: e.kind == "interrupt")
    worker = find(interrupt, "io-pkt running", lambda e: e.kind == "run" and e.pid == stack)
    told = find(worker, "pulse to ping", lambda e: e.kind == "pulse" and e.pid == client)
    reply = find(told, "reply to ping", lambda e: e.kind == "reply" and e.pid == client and e.data == stack)
    find(reply, "ping running", lambda e: e.kind == "run" and e.pid == client)

    viewer = json.loads(json.dumps(to_json(trace)))["traceEvents"]
    tracks = {e["pid"]: e["args"]["name"] for e in viewer if e["ph"] == "M" and e["name"] == "process_name"}
    assert "io-pkt" in tracks[stack] and "ping" in tracks[client]
    flows = {e["id"]: e for e in viewer if e["ph"] == "s" and e["pid"] == client}
    ends = [e for e in viewer if e["ph"] == "f" and e["id"] in flows and e["pid"] == stack]
    assert ends and all(e["ts"] >= flows[e["id"]]["ts"] for e in ends)
    order = [next(e["ts"] for e in ends),
             next(e["ts"] for e in viewer if e.get("cat") == "interrupt" and e["ts"] >= trace.events[interrupt].ns / 1000),
             next(e["ts"] for e in viewer if e.get("name", "").startswith("reply") and e["ts"] >= trace.events[reply].ns / 1000)]
    assert order == sorted(order)
    assert {"RUNNING", "RECEIVE", "REPLY"} <= {e["name"] for e in viewer if e["ph"] == "X"}


def made_up_trace(messages: int) -> Trace:
    """Process 1 sends to process 2, which answers; a timer interrupts now and then."""
    records = [RECORD.pack(0, KINDS.index("name"), 0, pid, 0, 0, int.from_bytes(name, "little")) for pid, name in ((1, b"client"), (2, b"server"))]

    def note(kind: str, pid: int, data: int = 0, value: int = 0):
        records.append(RECORD.pack(len(records) * 100, KINDS.index(kind), 0, pid, 1, data, value))
    for number in range(messages):
        rcvid = (number % 511 + 1) << 54
        note("run", 1)
        note("send", 1, 2, rcvid | 64)
        note("block", 1, 6)
        note("run", 2)
        note("receive", 2, 1, rcvid | 64)
        if number % 10 == 0:
            note("interrupt", 2, 0xF0)
        note("reply", 1, 2, rcvid)
        note("ready", 1)
        note("block", 2, 5)
    return Trace(HEAD.pack(b"NTOTRACE", 1, RECORD.size, len(records), 0) + b"".join(records))


def test_json_for_viewers():
    """TRACE-0003 the trace-event format: what each kind of entry must have, tracks with names, arrows with two ends, 100000 records."""
    converted = json.loads(json.dumps(to_json(made_up_trace(12500))))
    wanted = {"M": {"name", "pid", "args"}, "X": {"name", "cat", "pid", "tid", "ts", "dur"}, "i": {"name", "cat", "pid", "tid", "ts", "s"},
              "s": {"name", "cat", "pid", "tid", "ts", "id"}, "f": {"name", "cat", "pid", "tid", "ts", "id", "bp"}}
    ends: dict[int, list] = {}
    last = 0
    for entry in converted["traceEvents"]:
        assert wanted[entry["ph"]] <= entry.keys(), entry
        assert entry.get("dur", 0) >= 0 and (entry["ph"] == "M" or entry["ts"] >= last), entry
        last = entry.get("ts", last)
        if entry["ph"] in "sf":
            ends.setdefault(entry["id"], []).append(entry)
    assert {e["args"]["name"] for e in converted["traceEvents"] if e["name"] == "process_name"} == {"client (1)", "server (2)"}
    whole = [pair for pair in ends.values() if len(pair) == 2]
    assert len(whole) >= 24999 and len(ends) - len(whole) <= 1, "the last answer has nobody who goes on"
    assert {(a["ph"], b["ph"]) for a, b in whole} == {("s", "f")} and {(a["pid"], b["pid"]) for a, b in whole} == {(1, 2), (2, 1)}
    assert sum(e["ph"] == "i" and e["cat"] == "interrupt" for e in converted["traceEvents"]) == 1250


def test_user_events(station):
    """TRACE-0002 trace_logf, _logi, _logb, _nlogf, function events; classes switched off; ring mode keeps the end; a daemon that a signal ends."""
    guest = station()
    guest.check(f"tracelogger -f {FILE} trace-log")
    logged = {code: what for _, code, what in Trace.fetch(guest, FILE).user_events()}
    assert logged[7] == "text number 42, longer than eight" and logged[8] == (0x11111111, 0x22222222)
    assert logged[9] == bytes(range(1, 12)) and logged[10] == "cut " and logged[1024] > 0x8000000
    guest.check(f"tracelogger -f {FILE} trace-log -c")
    trace = Trace.fetch(guest, FILE)
    one = next(event for event in trace.events if event.kind == "user")
    masks = [event for event in trace.events if event.kind == "call" and event.pid == one.pid and event.data == 0xe0 and event.value == 7]
    assert one.data & 0xFFFF == 5 and len(masks) == 1, "of three calls that change classes, the first alone is recorded"
    guest.check(f"tracelogger -f {FILE} trace-log -e")
    trace = Trace.fetch(guest, FILE)
    pid = next(event.pid for event in trace.events if event.kind == "user")
    chosen = [event for event in trace.events if event.pid == pid and event.kind in ("user", "call")]
    begin = next(i for i, event in enumerate(chosen) if event.kind == "user")
    assert chosen[begin].data & 0xFFFF == 5 and chosen[begin + 1].data == SCHED_YIELD, "the next record is of the one call that is traced"
    assert sum(event.kind == "user" for event in chosen) == 1
    guest.check(f"tracelogger -d -r -f {FILE}; trace-log; slay -f tracelogger; waitfor {FILE}")
    guest.check("while pidin -F %N | grep -q tracelogger; do sleep 0; done")
    assert 7 in {code for _, code, _ in Trace.fetch(guest, FILE).user_events()}
