#!/usr/bin/env bash
# A Debian suite (trixie) and commands come in; a bare Debian with node, npm and git alone runs them in a fresh clone of HEAD, and its exit code goes out.
# By hand and nightly, as root on a Debian with debootstrap: build/bare-debian.sh [SUITE] ['COMMAND' …]   (default: both commands of the README)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:-trixie}
shift || true
[ $# -gt 0 ] || set -- 'npm start -- --demo' 'npm test'
[ "$(id -u)" = 0 ] || { echo 'bare-debian: run it as root (debootstrap and chroot want it).' >&2; exit 1; }
command -v debootstrap > /dev/null || { echo 'bare-debian: apt-get install debootstrap first.' >&2; exit 1; }

# Everything below happens in mounts of our own: whatever is mounted is gone with the last process.
if [ "${TAPWARD_BARE:-}" != inside ]; then
  TAPWARD_BARE=inside exec unshare --mount --propagation private --pid --fork --kill-child "$0" "$suite" "$@"
fi

keep=${TAPWARD_BARE_FOLDER:-/var/tmp/tapward-bare}
base=$keep/$suite.tar
mkdir -p "$keep"
folder=$(mktemp -d "$keep/$suite.XXXXXX")
trap 'umount -l -R "$folder" 2> /dev/null || true; rm -rf --one-file-system "$folder"' EXIT

inside() { chroot "$folder" env -i HOME=/opt/newcomer PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" < /dev/null; }
# The same names, proxies and certificates as this machine's own; nor is there an init here that could start a service.
settle() {
  chmod 755 "$folder"
  for path in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /etc/apt/apt.conf.d /etc/apt/auth.conf.d; do
    [ ! -e "$path" ] || { mkdir -p "$(dirname "$folder$path")" && cp -rL --no-target-directory "$path" "$folder$path"; }
  done
  mkdir -p "$folder/opt/newcomer"
  for which in userconfig globalconfig; do
    file=$(npm config get "$which" 2> /dev/null)
    [ ! -f "$file" ] || cat "$file"
  done > "$folder/opt/newcomer/.npmrc"
  printf '#!/bin/sh\nexit 101\n' > "$folder/usr/sbin/policy-rc.d"
  chmod +x "$folder/usr/sbin/policy-rc.d"
  mount --bind "$folder" "$folder"
  mount -t proc proc "$folder/proc"
  mount --rbind /sys "$folder/sys"
  mount --rbind /dev "$folder/dev"
}

if [ -f "$base" ]; then
  tar -C "$folder" -xf "$base"
  settle
else
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$1 == "Debian" && $2 == "main" && $4 !~ /-/ { print $3; exit }')
  [ -n "$mirror" ] || { echo 'bare-debian: this machine names no Debian mirror; run apt-get update first.' >&2; exit 1; }
  echo "bare-debian: debootstrap of $suite"
  debootstrap --variant=minbase "$suite" "$folder" "$mirror" > "$keep/$suite.log" 2>&1 || { tail -n 20 "$keep/$suite.log" >&2; exit 1; }
  settle
  inside env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends nodejs npm git ca-certificates && apt-get clean' >> "$keep/$suite.log" 2>&1 ||
    { tail -n 20 "$keep/$suite.log" >&2; exit 1; }
  # Installing ca-certificates wrote its own list of authorities.
  cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
  # Debian 12 has Node 18 and npm; a newcomer there has taken a newer Node from elsewhere.
  inside sh -c '[ "$(node -p "process.versions.node.split(\".\")[0]")" -ge 20 ] || {
    cd /tmp && npm install --ignore-scripts --no-save "node-linux-$(node -p process.arch)@20" && install node_modules/node-linux-*/bin/node /usr/local/bin/node && rm -rf node_modules
  }' >> "$keep/$suite.log" 2>&1 || { tail -n 20 "$keep/$suite.log" >&2; exit 1; }
  rm -rf "$folder"/var/lib/apt/lists/* "$folder"/opt/newcomer/.npm
  tar -C "$folder" --one-file-system -cf "$base.part" . && mv "$base.part" "$base"
fi
git clone -q --no-hardlinks "$here" "$folder/opt/newcomer/tapward"
for command in "$@"; do
  echo "bare-debian: $suite: $command"
  inside env CI=true bash -c "cd ~/tapward && $command"
done
echo "bare-debian: $suite: all passed"
