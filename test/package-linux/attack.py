# An agent's process and a session's account come in; this program, run as an ordinary account, tries to get at the station, and prints what each try came to, as JSON.
import ctypes
import errno
import json
import os
import socket
import sys

agent, other = int(sys.argv[1]), sys.argv[2]
tried = {}


def attempt(name, act):
    try:
        act()
        tried[name] = "done"
    except OSError as why:
        tried[name] = errno.errorcode.get(why.errno, str(why.errno))


def read(path):
    with open(path, "rb") as file:
        return file.read(16)


def write(path):
    with open(path, "ab") as file:
        file.write(b"x")


def make(path):
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))


def knock(path, line):
    """What it answers; nothing at all where it only closes."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(3)
        door.connect(path)
        try:
            door.sendall(line)
            answer = door.recv(4096)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            raise OSError(errno.ECONNRESET, "closed")
        return answer


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def read_memory():
    buffer = ctypes.create_string_buffer(8)
    here, there = Vector(ctypes.addressof(buffer), 8), Vector(0x400000, 8)
    return call(libc.process_vm_readv(agent, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))


state, run = "/var/lib/tapward", "/run/tapward"
attempt("may read the policy", lambda: read("/etc/tapward/policy.json"))
attempt("may read the executable", lambda: read("/usr/lib/tapward/tapward"))
attempt("may list the doors", lambda: os.listdir(run))
attempt("may read /proc/agent/status", lambda: read(f"/proc/{agent}/status"))
attempt("may send a signal to itself", lambda: os.kill(os.getpid(), 0))
attempt("may read its own memory's map", lambda: read("/proc/self/maps"))
for name in ("", "/store.db", "/machine.cred", "/ledger", "/agent.log"):
    attempt(f"look at {state}{name}", lambda name=name: os.listdir(state) if name == "" else read(state + name))
attempt("read the opened key", lambda: os.listdir("/run/credentials/tapward.service"))
attempt("read the opened key itself", lambda: read("/run/credentials/tapward.service/tapward-machine-key"))
for name in ("mem", "environ", "maps", "auxv", "syscall", "stack"):
    attempt(f"read /proc/agent/{name}", lambda name=name: read(f"/proc/{agent}/{name}"))
attempt("list /proc/agent/fd", lambda: os.listdir(f"/proc/{agent}/fd"))
for name in ("exe", "cwd", "root"):
    attempt(f"follow /proc/agent/{name}", lambda name=name: os.readlink(f"/proc/{agent}/{name}"))
attempt("ptrace attach", lambda: call(libc.ptrace(16, agent, None, None)))
attempt("ptrace seize", lambda: call(libc.ptrace(0x4206, agent, None, None)))
attempt("process_vm_readv", read_memory)
for signal in (1, 9, 10, 15, 19):
    attempt(f"send signal {signal}", lambda signal=signal: os.kill(agent, signal))
attempt("PAM's door of root", lambda: knock(f"{run}/pam.sock", b"TAPWARD 1 AUTH mallory lightdm tty7 seat0 -\n"))
attempt("the administrator's door", lambda: knock(f"{state}/admin.sock", b'{"ask":"people"}\n'))
attempt("another account's locker door", lambda: knock(f"{run}/locker/{other}.sock", b"TAPWARD 1 AUTH sam swaylock - - -\n"))
attempt("another account's helper door", lambda: knock(f"{run}/helper/{other}.sock", b'{"kind":"hello","session":"x","shown":null}\n'))
attempt("the face's door", lambda: knock(f"{run}/face.sock", b"\1\0\0\0b"))
attempt("take a door away", lambda: os.unlink(f"{run}/pam.sock"))
attempt("put one in its place", lambda: os.rename(f"{run}/face.sock", f"{run}/pam.sock"))
attempt("make a file among the doors", lambda: make(f"{run}/mine"))
attempt("make a file among the lockers' doors", lambda: make(f"{run}/locker/mine"))
attempt("make a file among the helpers' doors", lambda: make(f"{run}/helper/mine"))
attempt("plant a link in the state", lambda: os.symlink("/etc/passwd", f"{state}/store.db-journal"))
attempt("plant a link for the state", lambda: os.rename("/var/lib/tapward", "/var/lib/tapward-old"))
for path in ("/etc/tapward/policy.json", "/etc/tapward/programs", "/etc/pam.d/tapward", "/etc/pam.d/lightdm", "/usr/lib/systemd/system/tapward.service", "/usr/share/polkit-1/rules.d/50-tapward.rules",
             "/usr/lib/tapward/hooks/tapward-context", "/usr/lib/tapward/node_modules/koffi/index.cjs", "/usr/lib/tapward/session/lib.sh"):
    attempt(f"change {path}", lambda path=path: write(path))
attempt("change the executable", lambda: write("/usr/lib/tapward/tapward"))
for path in ("/etc/tapward", "/etc/tapward/hooks.d/open", "/etc/tapward/kiosk.d/open", "/etc/systemd/system", "/usr/lib/tapward", "/usr/lib/tapward/node_modules"):
    attempt(f"put something into {path}", lambda path=path: make(f"{path}/mine"))
print(json.dumps(tried))
