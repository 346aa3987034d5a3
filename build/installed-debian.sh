#!/usr/bin/env bash
# A Debian suite (trixie) comes in; the package's tests run on a bare system of that suite, with its own dpkg, systemd (once as its first process), logind, polkit and Python, and their exit code goes out.
# By hand and nightly, as root on a Debian with debootstrap: build/installed-debian.sh [SUITE]
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-trixie}
[ "$(id -u)" = 0 ] || { echo 'installed-debian: run it as root (debootstrap and namespaces want it).' >&2; exit 1; }
command -v debootstrap > /dev/null || { echo 'installed-debian: apt-get install debootstrap first.' >&2; exit 1; }
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$1 == "Debian" && $2 == "main" && $4 !~ /-/ { print $3; exit }')
[ -n "$mirror" ] || { echo 'installed-debian: this machine names no Debian mirror; run apt-get update first.' >&2; exit 1; }

keep=${TAPWARD_BARE_FOLDER:-/var/tmp/tapward-bare}
folder=$keep/installed-$suite
# What the package depends on, and what the tests ask there: logind on a bus of its own, the numbers of system calls.
packages=pcscd,polkitd,dbus,systemd,libpam-systemd,libx11-6,libxi6,libxtst6,libstdc++6,procps,python3-dbus,python3-gi,gcc,libc6-dev
if [ ! -f "$folder/.made" ]; then
  rm -rf --one-file-system "$folder"
  mkdir -p "$keep"
  echo "installed-debian: debootstrap of $suite"
  debootstrap --variant=minbase "--include=$packages" "$suite" "$folder" "$mirror" > "$keep/installed-$suite.log" 2>&1 || { tail -n 20 "$keep/installed-$suite.log" >&2; exit 1; }
  touch "$folder/.made"
fi
# Everything happens in an overlay over it, in memory: it stays as it is.
TAPWARD_ROOT=$folder npm test -- test/package-linux/station.test.ts test/package-linux/packages.test.ts test/package-linux/boot.test.ts
echo "installed-debian: $suite: all passed"
