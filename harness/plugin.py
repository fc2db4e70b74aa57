# SPDX-License-Identifier: Apache-2.0
"""pytest fixtures: lab, guest, link, peer; options for the machine under test."""
import pytest

from . import paths
from .lab import Lab
from .tap import TapRefused


def pytest_addoption(parser):
    group = parser.getgroup("guest")
    group.addoption("--smp", type=int, default=None, help="CPUs of the guest (default 1)")
    group.addoption("--machine", default="q35", help="QEMU machine: q35 or pc")
    group.addoption("--accel", default="tcg", help="QEMU accelerator: tcg or kvm")
    group.addoption("--long", action="store_true", help="the long form of tests that have one (60 s a transfer, 10,000 connections ...)")
    group.addoption("--build-dir", default=None, help="meson build directory (default build)")


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: part of ./test --quick")
    config.addinivalue_line("markers", "seed(*ids): shows these rows of tests/seed/io-pkt.txt (docs/seed-matrix.md)")


def make_lab(request, name: str) -> Lab:
    """A lab with the machine options of the command line."""
    option = request.config.getoption
    return Lab(name, paths.build_dir(option("--build-dir")), option("--smp"), option("--machine"), option("--accel"))


@pytest.fixture
def lab(request):
    """A lab of the test's own; artefacts/<test>/ holds its files."""
    lab = make_lab(request, request.node.name)
    print(f"artefacts: {lab.folder}")
    yield lab
    try:
        lab.check()
    finally:
        lab.close()


@pytest.fixture(scope="session")
def long_form(request) -> bool:
    """--long was given."""
    return request.config.getoption("--long")


@pytest.fixture
def link(lab):
    """A cable; the test is its other end."""
    return lab.link()


@pytest.fixture
def peer(lab):
    """A Linux network namespace as the other end of the cable."""
    try:
        return lab.linux_peer()
    except TapRefused as reason:
        pytest.skip(f"needs a tap device in a network namespace: {reason}")


@pytest.fixture
def guest(lab):
    """A guest without a network card, at the prompt."""
    return lab.boot()


@pytest.fixture(scope="module")
def station(request):
    """A function that gives one guest for all tests of a module, booted again when a test has broken it."""
    labs: list[Lab] = []
    guest = None

    def get():
        nonlocal guest
        if guest is not None and not guest.running:
            labs[-1].close()
            guest = None
        if guest is None:
            labs.append(make_lab(request, f"{request.module.__name__}-{len(labs) + 1}"))
            guest = labs[-1].boot()
        return guest
    yield get
    if labs:
        labs[-1].close()
