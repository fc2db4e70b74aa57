# SPDX-License-Identifier: Apache-2.0
"""Makes a fault block readable: symbols from the build's unstripped files, code bytes disassembled."""
import bisect
import pathlib
import re

KERNEL_BASE = 0xFFFF800000000000


class Symbols:
    """Function names of the build's ELF files, read when they are first needed."""

    def __init__(self, build: pathlib.Path):
        self._sysroot = build / "sysroot" / "x86_64"
        self._tables: dict[str, tuple[list[int], list[tuple[int, str]]]] = {}

    def _find(self, name: str) -> pathlib.Path | None:
        base = pathlib.PurePosixPath(name).name
        base = "libc.so" if base.startswith("ldqnx") else base
        return next((f for f in self._sysroot.rglob(base) if f.is_file()), None)

    def _table(self, name: str):
        if name not in self._tables:
            rows = []
            file = self._find(name)
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


def describe(fault, symbols: Symbols | None = None) -> str:
    """The block's text with names for code addresses in it, and the instruction that faulted."""
    out = list(fault.lines)
    mappings = _mappings(fault.lines)
    rip = fault.number("rip", 16)
    if rip is not None:
        out.append(f"  at {_where(rip, mappings, symbols) or hex(rip)}")
        code = next((re.findall(r"\b[0-9a-fA-F]{2}\b", line[4:]) for line in fault.lines if line.startswith("code ")), [])
        out += _disassemble(bytes(int(byte, 16) for byte in code), rip)[:6]
    for line in fault.lines:
        if line.startswith("stack "):
            for word in line.split()[2:]:
                try:
                    name = _where(int(word, 16), mappings, symbols)
                except ValueError:
                    continue
                if name:
                    out.append(f"  called from {name}")
    return "\n".join(out)
