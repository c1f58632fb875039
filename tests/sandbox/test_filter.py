"""The filter of system calls as a program: what it answers, for this architecture and for any other."""

import platform

import pytest

from autograder.config import Limits
from autograder.sandbox import Sandbox, SandboxError
from notebook_runner import kernel

OWN = kernel.AUDIT.get(platform.machine())
ALLOWED, REFUSED, UNKNOWN, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
ME = 4242
pytestmark = pytest.mark.skipif(OWN is None, reason="the sandbox is refused on this architecture")


def answer(number, *arguments, architecture=OWN, grouped=True):
    """What the kernel would do for a call: the filter's lines, one after the other."""
    code = kernel.filter_program(grouped=grouped, process=ME)
    words = {0: number, 4: architecture}
    for place, value in enumerate(arguments):
        words[16 + 8 * place] = value & 0xFFFFFFFF
    held, line = 0, 0
    while True:
        operation, yes, no, value = code[line]
        line += 1
        if operation == 0x20:
            held = words.get(value, 0)
        elif operation == 0x15:
            line += yes if held == value else no
        elif operation == 0x45:
            line += yes if held & value else no
        else:
            assert operation == 0x06
            return value


def number(table, name):
    return kernel._number(table[name])


@pytest.mark.parametrize("architecture", [0, 0x40000003, 0x40000028, 0xC00000F3, 0x80000016, 0xC000003E ^ 1])
@pytest.mark.parametrize("call", [0, 1, 39, 60, 101, 435])
def test_a_call_of_any_other_architecture_ends_the_process(architecture, call):
    assert answer(call, architecture=architecture) == KILLED


@pytest.mark.skipif(not kernel.X86_64, reason="x32 is of x86-64 only")
@pytest.mark.parametrize("call", [0, 39, 101, 520])
def test_a_call_with_the_x32_bit_ends_the_process(call):
    assert answer(0x40000000 + call) == KILLED


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize("name", sorted(kernel.DENIED))
def test_what_nobody_needs_is_refused(name, grouped):
    call = number(kernel.DENIED, name)
    assert call is None or answer(call, grouped=grouped) == REFUSED


TABLES = {
    **kernel.GROUP,
    **kernel.METADATA,
    **kernel.PRIORITY,
    **kernel.UNDER_WAY,
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_namespaces_make_harmless_is_refused_without_them(name):
    call = number(TABLES, name)
    if call is not None:
        assert answer(call) == REFUSED
        assert answer(call, grouped=False) == ALLOWED


@pytest.mark.parametrize("name", sorted(kernel.KILLS))
def test_a_process_may_signal_itself_only(name):
    call = number(kernel.KILLS, name)
    assert answer(call, 0) == answer(call, ME) == ALLOWED
    assert answer(call, ME + 1) == answer(call, -ME) == answer(call, -1) == REFUSED
    assert answer(call, ME + 1, grouped=False) == ALLOWED


def test_a_descriptor_gets_no_owner_and_no_process_hides():
    fcntl, ioctl, prctl = (kernel._number(n) for n in (kernel.FCNTL, kernel.IOCTL, kernel.PRCTL))
    assert answer(fcntl, 3, 8) == answer(fcntl, 3, 15) == answer(ioctl, 3, 0x8901) == REFUSED
    assert answer(fcntl, 3, 1) == answer(ioctl, 3, 0x5401) == ALLOWED
    assert answer(prctl, kernel.PR_SET_DUMPABLE, 0) == REFUSED
    assert answer(prctl, kernel.PR_SET_PDEATHSIG, 9) == ALLOWED


def test_a_process_can_be_started_but_no_namespace():
    clone = kernel._number(kernel.CLONE)
    assert answer(clone, 17) == ALLOWED
    for flag in (kernel.CLONE_NEWUSER, kernel.CLONE_NEWNS, kernel.CLONE_NEWPID, kernel.CLONE_NEWNET):
        assert answer(clone, flag | 17) == REFUSED
    assert answer(kernel.CLONE3[0]) == UNKNOWN


@pytest.mark.parametrize(
    "call", [0, 1, 2, 3, 9, 12, 60, 231] if kernel.X86_64 else [56, 57, 63, 64, 93, 94, 222]
)
def test_ordinary_calls_are_allowed(call):
    assert answer(call) == answer(call, grouped=False) == ALLOWED


def test_a_machine_whose_calls_have_other_numbers_is_refused(monkeypatch):
    monkeypatch.setattr(kernel, "MACHINE", "riscv64")
    with pytest.raises(SandboxError, match="riscv64"):
        Sandbox(Limits())
