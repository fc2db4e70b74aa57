# SPDX-License-Identifier: Apache-2.0
"""Makes a fault block readable: symbols from the build's unstripped files, code bytes disassembled."""
import bisect
import pathlib
import re

from . import unwind

KERNEL_BASE = 0xFFFF800000000000


class Symbols:
    """Function names of the build's ELF files, read when they are first needed."""

    def __init__(self, build: pathlib.Path):
        self._sysroot = build / "sysroot" / "x86_64"
        self._tables: dict[str, tuple[list[int], list[tuple[int, str]]]] = {}

    def find(self, name: str) -> pathlib.Path | None:
        base = pathlib.PurePosixPath(name).name
        base = "libc.so" if base.startswith("ldqnx") else base
        return next((f for f in self._sysroot.rglob(base) if f.is_file()), None)

    def _table(self, name: str):
        if name not in self._tables:
            rows = []
            file = self.find(name)
            if file:
                from elftools.elf.elffile import ELFFile
                with open(file, "rb") as stream:
                    section = ELFFile(stream).get_section_by_name(".symtab")
                    for symbol in section.iter_symbols() if section else []:
                        if symbol["st_info"]["type"] == "STT_FUNC":
                            rows.append((symbol["st_value"], symbol.name))
            rows.sort()
            self._tables[name] = ([row[0] for row in rows], rows)
        return self._tables[name]

    def name(self, file: str, address: int) -> str | None:
        """`function+0xoffset` for an address relative to the file's load base."""
        keys, rows = self._table(file)
        at = bisect.bisect_right(keys, address) - 1
        if at < 0 or address - rows[at][0] > 0x10000:
            return None
        return f"{rows[at][1]}+{address - rows[at][0]:#x}"


def _mappings(lines: list[str]) -> list[tuple[int, int, int, str]]:
    found = []
    for line in lines:
        match = re.match(r"map ([0-9a-fA-Fx]+)-([0-9a-fA-Fx]+) ([0-9a-fA-Fx]+) (\S+)", line)
        if match:
            found.append((int(match[1], 16), int(match[2], 16), int(match[3], 16), match[4]))
    return found


def _where(address: int, mappings, symbols: Symbols | None) -> str | None:
    if symbols is None:
        return None
    if address >= KERNEL_BASE:
        return symbols.name("procnto-smp-instr", address)
    for base, end, offset, path in mappings:
        if base <= address < end:
            name = symbols.name(path, address - base + offset)
            return f"{pathlib.PurePosixPath(path).name}: {name or hex(address - base + offset)}"
    return None


def _disassemble(code: bytes, address: int) -> list[str]:
    try:
        import capstone
    except ImportError:
        return []
    engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    return [f"    {i.address:#x}: {i.mnemonic} {i.op_str}" for i in engine.disasm(code, address)]


def _registers(fault) -> dict[int, int]:
    found = {number: fault.number(name, 16) for name, number in unwind.NUMBERS.items()}
    return {number: value for number, value in found.items() if value is not None}


def _memory(fault) -> dict[int, int]:
    """Address -> word of the stack lines."""
    words = {}
    for line in fault.lines:
        if re.match(r"stack [0-9a-fA-F]+( [0-9a-fA-F]+)+$", line):
            address, *values = (int(word, 16) for word in line.split()[1:])
            words.update({address + 8 * index: value for index, value in enumerate(values)})
    return words


def call_chain(fault, symbols: Symbols) -> list[str]:
    """One line a frame: number, file, function, source line. Empty when nothing is known."""
    mappings = _mappings(fault.lines)

    def locate(address: int):
        if address >= KERNEL_BASE:
            file = symbols.find("procnto-smp-instr")
            return (file, address) if file and symbols.name("procnto-smp-instr", address) else None
        for base, end, offset, path in mappings:
            if base <= address < end and (file := symbols.find(path)):
                return file, address - base + offset
        return None

    frames = unwind.Unwinder(locate, _memory(fault)).chain(_registers(fault))
    lines = unwind.source_lines(frames)
    return [f"  #{index} {frame.address:#018x} {_where(frame.address, mappings, symbols) or '?'}" + (f"  {line}" if line else "")
            for index, (frame, line) in enumerate(zip(frames, lines))]


def _words_in_code(fault, symbols: Symbols | None, mappings) -> list[str]:
    """Every word of the stack that could be a return address: when there is no chain."""
    names = (_where(word, mappings, symbols) for _, word in sorted(_memory(fault).items()))
    return [f"  called from {name}" for name in names if name]


def describe(fault, symbols: Symbols | None = None) -> str:
    """The block's text, the instruction that faulted, and the call chain with source lines."""
    out = list(fault.lines)
    mappings = _mappings(fault.lines)
    rip = fault.number("rip", 16)
    if rip is not None:
        out.append(f"  at {_where(rip, mappings, symbols) or hex(rip)}")
        code = next((re.findall(r"\b[0-9a-fA-F]{2}\b", line[4:]) for line in fault.lines if line.startswith("code ")), [])
        out += _disassemble(bytes(int(byte, 16) for byte in code), rip)[:6]
    chain = call_chain(fault, symbols) if symbols else []
    return "\n".join(out + (chain if len(chain) > 1 else _words_in_code(fault, symbols, mappings)))
