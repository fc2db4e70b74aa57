# SPDX-License-Identifier: Apache-2.0
"""python3 -m harness run: boots an image to its shell, or runs commands in it; python3 -m harness gdb: with gdb on it."""
import argparse
import os
import pathlib
import shlex
import sys

from . import images, paths
from .errors import LabError
from .gdb import debug
from .guest import Guest
from .qemu import Config, Nic, command_line


def parse() -> argparse.Namespace:
    """The options of ./run."""
    parser = argparse.ArgumentParser(prog="./run", description="Boots an image in QEMU to the guest's shell.",
                                     epilog="Quit with `shutdown` in the guest, or Ctrl-A x.")
    parser.add_argument("job", choices=["run", "gdb"], help=argparse.SUPPRESS)
    parser.add_argument("image", nargs="?", default="images/demo.build", metavar="IMAGE.build",
                        help="buildfile (default images/demo.build)")
    parser.add_argument("--nic", choices=["e1000", "virtio", "both", "none"], default="both",
                        help="network cards on QEMU's user network (default both)")
    parser.add_argument("--smp", type=int, default=1, metavar="N", help="CPUs")
    parser.add_argument("--mem", type=int, default=128, metavar="MB", help="RAM")
    parser.add_argument("--machine", default="q35", help="q35 or pc")
    parser.add_argument("--accel", default="tcg", help="tcg (default) or kvm")
    parser.add_argument("--pcap", type=pathlib.Path, metavar="FILE", help="keep the traffic here (second card: FILE1)")
    parser.add_argument("--gdb", action="store_true", help="wait for gdb on port 1234")
    parser.add_argument("--icount", action="store_true", help="count guest instructions: time repeats exactly")
    parser.add_argument("--build-dir", help="meson build directory (default build)")
    parser.add_argument("-c", dest="commands", metavar="COMMANDS",
                        help="run at the guest's shell, print the output, power off, exit with the last status")
    parser.add_argument("--ex", action="append", default=[], metavar="COMMAND", help="gdb: run this and end (may come often)")
    return parser.parse_intermixed_args()


def make_config(args: argparse.Namespace, build: pathlib.Path) -> Config:
    """The machine the options ask for."""
    models = {"both": ["e1000", "virtio"], "none": []}.get(args.nic, [args.nic])
    return Config(image=images.make(args.image, build), machine=args.machine, smp=args.smp, memory=args.mem,
                  accel=args.accel, icount=args.icount, gdb=args.gdb, nics=[Nic(model) for model in models],
                  pcap=args.pcap.absolute() if args.pcap else None)


def interactive(config: Config, folder: pathlib.Path):
    """Becomes QEMU with the serial line on the terminal."""
    arguments = command_line(config, folder)
    arguments += ["-chardev", "stdio,id=serial,mux=on,signal=off", "-serial", "chardev:serial",
                  "-mon", "chardev=serial", "-debugcon", f"file:{folder / 'debug.log'}"]
    if config.gdb:
        arguments.append("-S")
    (folder / "qemu.cmd").write_text(shlex.join(arguments) + "\n")
    sys.stdout.flush()
    os.execvp(arguments[0], arguments)


def run_commands(config: Config, folder: pathlib.Path, build: pathlib.Path, commands: str) -> int:
    """Each line at the guest's shell; the last one's status."""
    guest = Guest(config, folder, build)
    try:
        guest.boot()
        status = 0
        for line in commands.splitlines():
            if line.strip():
                result = guest.run(line, timeout=3600)
                sys.stdout.write(result.output)
                sys.stdout.flush()
                status = result.status
        ended = guest.shutdown()
        return status or ended
    finally:
        guest.close()


def main() -> int:
    """Runs, and says in one line what went wrong."""
    args = parse()
    build = paths.build_dir(args.build_dir)
    try:
        folder = paths.artefacts(args.job)
        config = make_config(args, build)
        if args.job == "gdb":
            return debug(config, folder, build, args.commands, args.ex)
        if args.commands is None:
            interactive(config, folder)
        return run_commands(config, folder, build, args.commands)
    except LabError as problem:
        print(f"run: {problem}", file=sys.stderr)
        return 125


if __name__ == "__main__":
    sys.exit(main())
