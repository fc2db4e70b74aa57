# SPDX-License-Identifier: Apache-2.0
"""gdb commands for the system in QEMU's gdb stub: its processes, their threads, mappings and symbols.

Loaded by `python3 -m harness gdb`. Commands: nto-procs, nto-threads [PROCESS], nto-maps PROCESS, nto-symbols PROCESS, nto-thread PROCESS TID [kernel], nto-back.
A PROCESS is a pid or a program's name. nto-thread puts a thread's registers and address space on the current CPU, so that bt, frame,
print and x work; nto-back (done by itself before the machine goes on) undoes that.
"""
import os
import pathlib

import gdb

STATES = {0: "DEAD", 1: "RUNNING", 2: "READY", 3: "STOPPED", 4: "SEND", 5: "RECEIVE", 6: "REPLY", 9: "WAITPAGE", 10: "SIGSUSPEND",
          11: "SIGWAITINFO", 12: "NANOSLEEP", 13: "MUTEX", 14: "CONDVAR", 15: "JOIN", 16: "INTR", 17: "SEM"}
EXEC = 0x400
FRAME = ["r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "vector", "error", "rip", "cs",
         "rflags", "rsp", "ss"]
SWITCHED = ["r15", "r14", "r13", "r12", "rbp", "rbx", "rip"]  # what arch_switch_stacks leaves on a kernel stack, lowest first
SYSROOT = pathlib.Path(os.environ.get("NTO_SYSROOT", "build/sysroot/x86_64"))
saved: dict[str, int] = {}


def value(expression: str):
    return gdb.parse_and_eval(expression)


def table(ids):
    """(id, object) of an IdTable."""
    for index in range(int(ids["size_"])):
        pointer = ids["slots_"][index]
        if int(pointer):
            yield index, pointer.dereference()


def text(array) -> str:
    return array.string(errors="replace")


def processes():
    for _, process in table(value("'object::(anonymous namespace)::table'")):
        yield process


def register(name: str) -> int:
    """A register of the current CPU, whatever type gdb gives it."""
    return int(gdb.execute(f"info registers {name}", to_string=True).split()[1], 0) & 0xFFFFFFFFFFFFFFFF


def set_register(name: str, number: int):
    """cr3 is a set of flags for gdb, which no number can be assigned to."""
    new = number
    if name == "cr3":
        gdb.set_convenience_variable("nto_register", gdb.Value(number.to_bytes(8, "little"), value("$cr3").type))
        new = "$nto_register"
    gdb.execute(f"set ${name} = {new}", to_string=True)


def find(name: str):
    """The process of a pid or of a program's name."""
    for process in processes():
        if name == str(int(process["pid"])) or text(process["name"]).rsplit("/", 1)[-1] == name:
            return process
    raise gdb.GdbError(f"no process {name}")


def threads(process):
    return [thread for tid, thread in table(process["threads"]) if tid > 0]


def word(address: int) -> int:
    """64 bits of kernel memory."""
    return int.from_bytes(gdb.selected_inferior().read_memory(address, 8).tobytes(), "little")


def regions(space):
    """The regions of an address space, in order of address: a red-black tree (nodes: parent, left, right; the header's parent is the root)."""
    at = int(space["regions_"].address)
    header = at if word(at) > 1 << 40 or word(at + 8) > 1 << 40 and word(at) == 0 else at + 8  # the number of nodes may stand before it
    pointer = gdb.lookup_type("mm::Region").pointer()

    def walk(node: int):
        if node:
            yield from walk(word(node + 8))
            yield gdb.Value(node).cast(pointer).dereference()
            yield from walk(word(node + 16))
    yield from walk(word(header))


def image_paths() -> dict[int, str]:
    """Memory object of an image file -> its path."""
    image = value("'proc::(anonymous namespace)::image'")
    base, at, end = int(image["image_"]), int(image["first_"]), int(image["end_"])
    directory = gdb.selected_inferior().read_memory(base + at, end - at).tobytes()
    names, offset = {}, 0
    while offset + 24 <= len(directory):
        size = int.from_bytes(directory[offset:offset + 2], "little")
        if size == 0:
            break
        entry = directory[offset:offset + size]
        if int.from_bytes(entry[8:12], "little") & 0o170000 == 0o100000:
            names[int.from_bytes(entry[4:8], "little")] = entry[32:].split(b"\0")[0].decode(errors="replace")
        offset += size
    cache = value("'proc::(anonymous namespace)::cache'")
    return {int(cache[i]["object"]): names.get(int(cache[i]["ino"]), "?") for i in range(int(value("'proc::(anonymous namespace)::cache_used'")))}


def host_file(path: str) -> pathlib.Path | None:
    """The build's unstripped file of a target file."""
    name = path.rsplit("/", 1)[-1]
    name = "libc.so" if name.startswith("ldqnx") else name
    return next((f for f in SYSROOT.rglob(name) if f.is_file()), None)


def restore():
    """The registers as they were before nto-thread."""
    for name, number in saved.items():
        set_register(name, number)
    saved.clear()


def put(registers: dict[str, int]):
    """New registers on the current CPU, the old ones kept once."""
    for name in registers:
        if name not in saved:
            saved[name] = register(name)
    for name, number in registers.items():
        set_register(name, number)


class Command(gdb.Command):
    """A command whose help is its docstring."""

    def __init__(self, name: str):
        super().__init__(name, gdb.COMMAND_USER)


class Procs(Command):
    """nto-procs: all processes with their number of threads."""

    def invoke(self, arguments, from_tty):
        restore()
        print("     pid   ppid threads  name")
        for process in processes():
            parent = int(process["parent"]["pid"]) if int(process["parent"]) else 0
            print(f"{int(process['pid']):8} {parent:6} {len(threads(process)):7}  {text(process['name'])}")


class Threads(Command):
    """nto-threads [PROCESS]: threads with state, priority and where they are in user mode."""

    def invoke(self, arguments, from_tty):
        restore()
        chosen = [find(arguments)] if arguments else list(processes())
        print("     pid tid  prio STATE        cpu  user pc            name")
        for process in chosen:
            for thread in threads(process):
                state, frame = int(thread["state"]), thread["frame"]
                pc = f"{int(frame['rip']):#018x}" if int(frame) else "-" * 18
                name = text(thread["name"]) or text(process["name"]).rsplit("/", 1)[-1]
                cpu = int(thread["cpu"]) if state == 1 else "-"
                print(f"{int(process['pid']):8} {int(thread['tid']):3} {int(thread['priority']):5} {STATES.get(state, state):12} {cpu!s:>3}  {pc} {name}")


def mapped_files(process):
    """(start, end, offset, path) of executable mappings of image files."""
    if not int(process["space"]):
        return
    paths = image_paths()
    for region in regions(process["space"].dereference()):
        if int(region["prot"]) & EXEC and int(region["object"]) in paths:
            yield int(region["start"]), int(region["end"]), int(region["offset"]), paths[int(region["object"])]


class Maps(Command):
    """nto-maps PROCESS: programs and libraries where they are mapped."""

    def invoke(self, arguments, from_tty):
        restore()
        for start, end, offset, path in mapped_files(find(arguments)):
            print(f"{start:#014x}-{end:#014x} {offset:#8x} /{path}")


def load_symbols(process):
    """add-symbol-file for each mapped program and library."""
    for start, _, offset, path in mapped_files(process):
        file = host_file(path)
        if file is None:
            print(f"no file for /{path} in {SYSROOT}")
            continue
        bias = start - segment_address(file, offset)
        gdb.execute(f"add-symbol-file {file} -o {bias:#x}", to_string=True)
        print(f"/{path}: symbols of {file.name} at {bias:#x}")


def segment_address(file: pathlib.Path, offset: int) -> int:
    """The address that the segment with this file offset was linked at."""
    data = file.read_bytes()
    at, size, count = (int.from_bytes(data[0x20:0x28], "little"), int.from_bytes(data[0x36:0x38], "little"),
                       int.from_bytes(data[0x38:0x3A], "little"))
    for index in range(count):
        header = data[at + index * size:at + (index + 1) * size]
        kind, flags = int.from_bytes(header[0:4], "little"), int.from_bytes(header[4:8], "little")
        place, address = int.from_bytes(header[8:16], "little"), int.from_bytes(header[16:24], "little")
        if kind == 1 and flags & 1 and place & ~0xFFF == offset:
            return address & ~0xFFF
    return 0


class Symbols(Command):
    """nto-symbols PROCESS: its symbols and those of its libraries instead of another process'."""

    def invoke(self, arguments, from_tty):
        restore()
        use_symbols(find(arguments))


loaded_for = 0


def use_symbols(process):
    global loaded_for
    if loaded_for == int(process["pid"]):
        return
    kernel = gdb.objfiles()[0].filename
    gdb.execute("symbol-file", to_string=True)
    gdb.execute(f"symbol-file {kernel}", to_string=True)
    load_symbols(process)
    loaded_for = int(process["pid"])


class Thread(Command):
    """nto-thread PROCESS TID [kernel]: look through this thread's eyes: its user registers, or with `kernel` its kernel stack's."""

    def invoke(self, arguments, from_tty):
        words = gdb.string_to_argv(arguments)
        if len(words) < 2:
            raise gdb.GdbError("nto-thread PROCESS TID [kernel]")
        restore()
        process = find(words[0])
        thread = next((t for t in threads(process) if int(t["tid"]) == int(words[1])), None)
        if thread is None:
            raise gdb.GdbError(f"process {words[0]} has no thread {words[1]}")
        root = int(process["space"]["table_"]["root_"]) if int(process["space"]) else register("cr3")
        frame, in_kernel = thread["frame"], len(words) > 2 and words[2] == "kernel"
        if int(thread["state"]) == 1 and (in_kernel or not int(frame)):
            raise gdb.GdbError(f"it runs on CPU {int(thread['cpu'])}: use `thread {int(thread['cpu']) + 1}`")
        stack = int(thread["kernel_sp"])
        if in_kernel or not int(frame):
            registers = {name: word(stack + 8 * index) for index, name in enumerate(SWITCHED)}
            registers["rsp"] = stack + 8 * len(SWITCHED)
            names = registers
        else:
            names = {name: int(frame[name]) for name in FRAME if name not in ("vector", "error", "rflags", "cs", "ss")}
        if int(process["pid"]) != 1:
            use_symbols(process)
        put({**names, "cr3": root})
        gdb.execute("frame 0")


class Back(Command):
    """nto-back: the CPU's own registers again."""

    def invoke(self, arguments, from_tty):
        restore()


for cache in ("stack-cache", "code-cache"):  # the same address is other memory in another process
    gdb.execute(f"set {cache} off")
for name, command in {"nto-procs": Procs, "nto-threads": Threads, "nto-maps": Maps, "nto-symbols": Symbols, "nto-thread": Thread,
                      "nto-back": Back}.items():
    command(name)
for name in ("continue", "step", "stepi", "next", "nexti", "finish", "until", "advance", "jump", "detach", "kill", "quit", "thread"):
    gdb.execute(f"define hook-{name}\nnto-back\nend")
