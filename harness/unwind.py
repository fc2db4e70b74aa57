# SPDX-License-Identifier: Apache-2.0
"""Call chains from registers and a piece of stack, by the call frame information of the build's files (DWARF 5, section 6.4)."""
import dataclasses
import pathlib
import subprocess

RSP, RETURN = 7, 16
NUMBERS = {"rax": 0, "rdx": 1, "rcx": 2, "rbx": 3, "rsi": 4, "rdi": 5, "rbp": 6, "rsp": RSP, "rip": RETURN,
           **{f"r{n}": n for n in range(8, 16)}}
MOST_FRAMES = 32


class FrameTable:
    """Where each function of one file keeps its caller's registers."""

    def __init__(self, file: pathlib.Path):
        from elftools.dwarf.callframe import FDE
        from elftools.elf.elffile import ELFFile
        with open(file, "rb") as stream:
            dwarf = ELFFile(stream).get_dwarf_info(relocate_dwarf_sections=False)
            entries = dwarf.CFI_entries() if dwarf.has_CFI() else []
            entries += dwarf.EH_CFI_entries() if dwarf.has_EH_CFI() else []
            self._rows = [(e["initial_location"], e["initial_location"] + e["address_range"], e) for e in entries if isinstance(e, FDE)]

    def rules(self, address: int):
        """The row for an address, or None: {'cfa': rule, register: rule ...}."""
        for start, end, entry in self._rows:
            if start <= address < end:
                fitting = [row for row in entry.get_decoded().table if row["pc"] <= address]
                return fitting[-1] if fitting else None
        return None


@dataclasses.dataclass
class Frame:
    """One place of a call chain: an address, and where in which file it is."""

    address: int
    file: pathlib.Path | None = None
    offset: int = 0  # the address as the file was linked


class Unwinder:
    """Walks up a stack. `locate` gives (file, address in it) for an address, `memory` the words that are known."""

    def __init__(self, locate, memory: dict[int, int]):
        self._locate = locate
        self._memory = memory
        self._tables: dict[pathlib.Path, FrameTable] = {}

    def chain(self, registers: dict[int, int]) -> list[Frame]:
        """The innermost frame first."""
        frames = []
        registers = dict(registers)
        while RETURN in registers and len(frames) < MOST_FRAMES:
            address = registers[RETURN]
            file, offset = self._locate(address) or (None, 0)
            if frames and file is None:
                break
            frames.append(Frame(address, file, offset))
            registers = self._caller(registers, file, offset - (1 if len(frames) > 1 else 0))
        return frames

    def _caller(self, registers: dict[int, int], file: pathlib.Path | None, offset: int) -> dict[int, int]:
        """The registers of the function that called, as far as they are known."""
        if file is None:  # a call to nowhere: only its return address is on the stack
            stack = registers.get(RSP, 0)
            found = {RETURN: self._memory[stack], RSP: stack + 8} if stack in self._memory else {}
            return {**{n: v for n, v in registers.items() if n not in (RSP, RETURN)}, **found} if found else {}
        if file not in self._tables:
            self._tables[file] = FrameTable(file)
        row = self._tables[file].rules(offset)
        rule = row["cfa"] if row else None
        if rule is None or rule.reg not in registers:
            return {}
        frame_address = registers[rule.reg] + rule.offset
        caller = {RSP: frame_address}
        for number in (set(NUMBERS.values()) | {RETURN}) - {RSP}:
            saved = row.get(number)
            if saved is None or saved.type in ("SAME_VALUE", "UNDEFINED"):
                if number != RETURN and number in registers:
                    caller[number] = registers[number]
            elif saved.type == "OFFSET" and frame_address + saved.arg in self._memory:
                caller[number] = self._memory[frame_address + saved.arg]
        return caller


def source_lines(frames: list[Frame]) -> list[str]:
    """`function at file:line` for each frame, with what was inlined (addr2line); empty where nothing is known."""
    out = [""] * len(frames)
    for file in {frame.file for frame in frames if frame.file}:
        places = [index for index, frame in enumerate(frames) if frame.file == file]
        wanted = [f"{frames[index].offset - (1 if index else 0):#x}" for index in places]
        run = subprocess.run(["addr2line", "-e", str(file), "-f", "-C", "-p", "-a", "-i", *wanted], capture_output=True, text=True)
        answers: list[list[str]] = []
        for line in run.stdout.splitlines():
            if line.startswith("0x"):
                answers.append([line.partition(": ")[2]])
            elif answers:
                answers[-1].append(line.strip())
        for index, lines in zip(places, answers):
            known = [line for line in lines if not line.startswith("??")]
            out[index] = "; ".join(line.replace(" (inlined by) ", "").replace("(inlined by) ", "in ") for line in known)
    return out
