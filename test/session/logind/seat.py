# A folder and names of accounts come in; a private system bus with the real systemd-logind on it goes out, with people who sign in and lockers that lock, told over standard input in JSON lines.
# logind wants a systemd: the one here says that every unit starts and stops. All of it ends with standard input.
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import time

import dbus
import dbus.bus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

place, accounts = sys.argv[1], json.loads(sys.argv[2])
address = f"unix:path={place}/bus"
LOGIN, SESSION, MANAGER = "org.freedesktop.login1", "org.freedesktop.login1.Session", "org.freedesktop.login1.Manager"
CONFIG = f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>{address}</listen><auth>EXTERNAL</auth><policy context="default"><allow user="*"/>
POLICY</policy>REST</busconfig>"""
# As Debian's /usr/share/dbus-1/system.conf has it.
STRICT = """<deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/>
<allow receive_type="signal"/><allow send_destination="org.freedesktop.DBus"/>"""
LOOSE = """<allow send_destination="*" eavesdrop="false"/><allow receive_sender="*"/><allow own="*"/>"""
RULES = os.path.join(place, "rules.d")


def say(**what):
    print(json.dumps(what), flush=True)


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def bind(path, text):
    own = os.path.join(place, path.strip("/").replace("/", "-"))
    with open(own, "w", encoding="utf8") as file:
        file.write(text)
    mount("--bind", own, path)


def furnish():
    """Inside a mount namespace of our own: people, an empty /run/systemd, and a computer that says it can sleep."""
    mount("-t", "tmpfs", "tmpfs", "/run/systemd")
    for name in ("sessions", "seats", "users", "inhibit", "machines"):
        os.makedirs(f"/run/systemd/{name}")
    with open("/etc/passwd", encoding="utf8") as file:
        people = file.read()
    for name, uid in accounts.items():
        people += f"{name}:x:{uid}:65534::/nonexistent:/bin/false\n"
    bind("/etc/passwd", people)
    if os.path.exists("/sys/power/state"):
        bind("/sys/power/state", "mem\n")
    if os.path.isdir(RULES):
        mount("--bind", RULES, "/etc/polkit-1/rules.d")


children = {}


def start(name, *command):
    env = {"PATH": os.environ["PATH"], "DBUS_SYSTEM_BUS_ADDRESS": address}
    with open(os.path.join(place, f"{name}.log"), "ab") as log:
        children[name] = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def connect():
    end = time.monotonic() + 10
    while True:
        try:
            return dbus.bus.BusConnection(address)
        except dbus.exceptions.DBusException:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


class Systemd(dbus.service.FallbackObject):
    jobs = 0

    def job(self, unit):
        Systemd.jobs += 1
        path = f"/org/freedesktop/systemd1/job/{Systemd.jobs}"
        GLib.idle_add(lambda: self.JobRemoved(Systemd.jobs, path, unit, "done"))
        return dbus.ObjectPath(path)

    @dbus.service.method("org.freedesktop.systemd1.Manager")
    def Subscribe(self):
        pass

    @dbus.service.method("org.freedesktop.systemd1.Manager", in_signature="ssa(sv)a(sa(sv))", out_signature="o")
    def StartTransientUnit(self, name, _mode, _properties, _aux):
        return self.job(name)

    @dbus.service.method("org.freedesktop.systemd1.Manager", in_signature="ss", out_signature="o")
    def StartUnit(self, name, _mode):
        # Waking up again some time after falling asleep.
        if name.endswith("suspend.target"):
            say(event="suspending", open=[id for id, session in sessions.items() if not session["locked"] and session["of"] == "user"])
            GLib.timeout_add(300, lambda: self.JobRemoved(0, "/org/freedesktop/systemd1/job/0", name, "done"))
            return dbus.ObjectPath("/org/freedesktop/systemd1/job/0")
        return self.job(name)

    @dbus.service.method("org.freedesktop.systemd1.Manager", in_signature="ss", out_signature="o")
    def StopUnit(self, name, _mode):
        # Its processes end, and with them the descriptor that logind gave the session.
        if name.startswith("session-") and name.endswith(".scope"):
            leave(name[len("session-") : -len(".scope")])
        return self.job(name)

    @dbus.service.method("org.freedesktop.systemd1.Manager", in_signature="ssi")
    def KillUnit(self, _name, _who, _signal):
        pass

    @dbus.service.method("org.freedesktop.systemd1.Scope")
    def Abandon(self):
        pass

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        return "loaded" if name == "LoadState" else "inactive"

    @dbus.service.signal("org.freedesktop.systemd1.Manager", signature="uoss")
    def JobRemoved(self, number, path, unit, result):
        pass

    @dbus.service.signal("org.freedesktop.systemd1.Manager", signature="so")
    def UnitRemoved(self, unit, path):
        pass


class Display(dbus.service.Object):
    """LightDM's way back to the greeter."""

    vt = 0

    @dbus.service.method("org.freedesktop.DisplayManager.Seat")
    def SwitchToGreeter(self):
        login_to("/org/freedesktop/login1/seat/seat0", "org.freedesktop.login1.Seat", "SwitchTo", lambda *_: None, dbus.UInt32(Display.vt))


sessions = {}


def login_to(path, interface, member, done, *args, failed=lambda why: None):
    world.get_object(LOGIN, path, introspect=False).get_dbus_method(member, interface)(*args, reply_handler=done, error_handler=failed)


def leave(name):
    session = sessions.pop(name, None)
    if session:
        os.close(session["fd"])
        session["process"].kill()
        session["process"].wait()
        unit = f"session-{name}.scope"
        GLib.timeout_add(5, lambda: systemd.UnitRemoved(unit, f"/org/freedesktop/systemd1/unit/{unit.replace('-', '_2d').replace('.', '_2e')}"))


def enter(answer, account, vt=0, of="user", kind="x11", remote=False, locker="obeys"):
    process = subprocess.Popen(["sleep", "infinity"], stdin=subprocess.DEVNULL)

    def done(name, path, _run, fd, *_rest):
        sessions[str(name)] = {"fd": fd.take(), "process": process, "locker": locker, "path": str(path), "of": of, "locked": False}
        answer(id=str(name))

    tty = "" if remote else f"tty{vt}"
    seat = "" if remote else "seat0"
    login_to("/org/freedesktop/login1", MANAGER, "CreateSession", done, dbus.UInt32(accounts[account]), dbus.UInt32(process.pid), "test", kind, of, "", seat,
          dbus.UInt32(0 if remote else vt), tty, "", remote, "", "far" if remote else "", dbus.Array([], signature="(sv)"),
          failed=lambda why: answer(error=str(why)))


def cover(session, locked):
    session["locked"] = locked
    login_to(session["path"], SESSION, "SetLockedHint", lambda *_: None, locked)


stuck = []


def stick(vt):
    """As an X server that hangs: it would be asked before its VT is left, and does not answer (VT_SETMODE, VT_PROCESS)."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    stuck.append(os.open(f"/dev/tty{vt}", os.O_RDWR | os.O_NOCTTY))
    fcntl.ioctl(stuck[0], 0x5602, struct.pack("bbhhh", 1, 0, signal.SIGUSR1, signal.SIGUSR1, 0))


def unstick():
    for fd in stuck:
        fcntl.ioctl(fd, 0x5602, struct.pack("bbhhh", 0, 0, 0, 0, 0))
        os.close(fd)
    stuck.clear()


def heard(member, path):
    for session in sessions.values():
        if session["path"] == path and session["locker"] != "deaf":
            if member == "Unlock" and session["locker"] == "stays":
                return
            if session["locker"] == "second":
                session["locker"] = "obeys"
                return
            delay = 400 if session["locker"] == "late" else 0
            GLib.timeout_add(delay, cover, session, member == "Lock")


def cleared(done):
    login_to("/org/freedesktop/login1", MANAGER, "ListSessions", lambda found: GLib.timeout_add(5, lambda: cleared(done) and False) if found else done())


def told(source, condition):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    wish = json.loads(line)
    do, number = wish.pop("do"), wish.pop("n")

    def answer(**what):
        say(n=number, **what)

    def fine(*_):
        answer()

    def login(path, interface, member, done, *args):
        login_to(path, interface, member, done, *args, failed=lambda why: answer(error=str(why)))

    path = sessions.get(wish.get("id"), {}).get("path")
    if do == "enter":
        enter(answer, **wish)
    elif do == "leave":
        leave(wish["id"])
        fine()
    elif do == "clear":
        for name in list(sessions):
            leave(name)
        cleared(fine)
    elif do == "activate":
        login("/org/freedesktop/login1", MANAGER, "ActivateSession", fine, wish["id"])
    elif do == "vt":
        login("/org/freedesktop/login1/seat/seat0", "org.freedesktop.login1.Seat", "SwitchTo", fine, dbus.UInt32(wish["vt"]))
    elif do == "locker":
        sessions[wish["id"]]["locker"] = wish["how"]
        fine()
    elif do == "hint":
        login(path, SESSION, "SetLockedHint", fine, wish["locked"])
    elif do == "stick":
        stick(wish["vt"])
        fine()
    elif do == "unstick":
        unstick()
        fine()
    elif do == "idle":
        login(path, SESSION, "SetIdleHint", fine, wish["idle"])
    elif do == "suspend":
        login("/org/freedesktop/login1", MANAGER, "Suspend", fine, False)
    elif do == "display":
        Display.vt = wish["vt"]
        displays.append((dbus.service.BusName("org.freedesktop.DisplayManager", own), Display(own, "/org/freedesktop/DisplayManager/Seat0")))
        fine()
    elif do == "logind":
        children["logind"].kill()
        children["logind"].wait()
        if wish["again"]:
            start("logind", "/lib/systemd/systemd-logind")
        fine()
    elif do == "polkit":
        start("polkit", "/usr/lib/polkit-1/polkitd", "--no-debug")
        world.watch_name_owner("org.freedesktop.PolicyKit1", lambda owner: fine() if owner else None)
    return True


furnish()
with open(f"{place}/bus.conf", "w", encoding="utf8") as file:
    strict = os.path.isdir(RULES)
    file.write(CONFIG.replace("POLICY", STRICT if strict else LOOSE).replace("REST", "<includedir>/usr/share/dbus-1/system.d</includedir>" if strict else ""))
start("bus", "dbus-daemon", f"--config-file={place}/bus.conf", "--nofork", "--nopidfile")
DBusGMainLoop(set_as_default=True)
own, world, displays = connect(), connect(), []
systemd_name = dbus.service.BusName("org.freedesktop.systemd1", own)
systemd = Systemd(own, "/org/freedesktop/systemd1")
world.add_signal_receiver(lambda path: heard("Lock", path), "Lock", SESSION, path_keyword="path")
world.add_signal_receiver(lambda path: heard("Unlock", path), "Unlock", SESSION, path_keyword="path")
os.chmod(f"{place}/bus", 0o666)
loop = GLib.MainLoop()
start("logind", "/lib/systemd/systemd-logind")
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, told)
world.watch_name_owner(LOGIN, lambda owner: say(ready=True) if owner else None)
try:
    loop.run()
finally:
    unstick()
    for name in list(sessions):
        leave(name)
    for child in reversed(list(children.values())):
        child.kill()
        child.wait()
