# What the scripts of the deb and of the rpm share. No line of it asks anything of anybody.
ours='^[[:space:]]*(@include[[:space:]]+tapward([[:space:]]|$)|-?(auth|account|password|session)[[:space:]]+(include|substack)[[:space:]]+tapward([[:space:]]|$)|[^#]*pam_tapward\.so)'
# The package manager lays the programs down in the first folder and may replace them at any time; what runs is the second, which is its own until `take_over`.
laid=/usr/lib/tapward-packaged
runs=/usr/lib/tapward
# Which logins took a tap when a package went, for the other of the two packages (with a face, without) that comes in its place within minutes.
taps=/run/tapward.taps

# Files of PAM services that name us.
named_by() { grep -lE "$ours" /etc/pam.d/* 2>/dev/null | grep -vx /etc/pam.d/tapward || true; }

# Passwords alone again, everywhere, before anything goes. Where the executable cannot do it, its lines are taken out by themselves; where even that fails, nothing is removed.
passwords_only() {
  services=$(grep -lE '^[[:space:]]*(@include|auth[[:space:]]+include)[[:space:]]+tapward([[:space:]]|$)' /etc/pam.d/* 2>/dev/null | sed 's|.*/||' || true)
  [ -z "$services" ] || echo "$services" >"$taps"
  [ -z "$(named_by)" ] || "$runs/tapward" pam disable --all || true
  for file in $(named_by); do
    [ -L "$file" ] || sed -i -E "/$ours/d" "$file"
  done
  # Also what was being written when the power went.
  rm -f /etc/pam.d/.*.before-tapward /etc/pam.d/.*.tapward-new
  left=$(named_by)
  [ -z "$left" ] || {
    echo "tapward: these still name it: $(echo "$left" | tr '\n' ' '). Take its lines out of them first: nothing was removed." >&2
    return 1
  }
}

taps_again() {
  services=$(find "$taps" -mmin -15 -exec cat {} + 2>/dev/null || true)
  rm -f "$taps"
  [ -z "$services" ] || "$runs/tapward" pam enable $services || true
}

# The account and the folders. Its TPM, where there is one, is opened to the group tss, which this does not make.
furnish() {
  systemd-sysusers /usr/lib/sysusers.d/tapward.conf
  ! getent group tss >/dev/null || usermod -a -G tss tapward
  systemd-tmpfiles --create /usr/lib/tmpfiles.d/tapward.conf
}

# Whether the store of before, if there is one, can be brought to this version: tried on a copy, while the agent of before runs on.
takes_over() {
  [ ! -e "$runs/tapward" ] || [ ! -e /var/lib/tapward/store.db ] || "$laid/tapward" upgrade --check || {
    echo 'tapward: the store cannot be brought to this version, so the version of before runs on, also after a restart, and the store is as it was. Mend what stands above, then run dpkg --configure -a (rpm: dnf reinstall tapward).' >&2
    return 1
  }
}

# Files of the site, which no package owns: made where there is none and renewed while they are as the version of before made them. What IT laid is never asked about, and goes with no package but a purged one.
lay_site() {
  for path in $(cd "$laid/site" && find . -type f); do
    path=${path#.}
    if [ -e "$path" ] || [ -L "$path" ]; then cmp -s "$path" "$runs/site$path" || continue; fi
    fresh="$(dirname "$path")/.$(basename "$path").tapward-new"
    install -m 644 "$laid/site$path" "$fresh"
    mv "$fresh" "$path"
  done
}

# What was laid down runs from the agent's next start. Linked: a package manager puts new files in the place of old ones and changes none, so what runs stays whole while the next version is laid down.
take_over() {
  lay_site
  rm -rf "$runs.new" "$runs.old"
  cp -al "$laid" "$runs.new" 2>/dev/null || { rm -rf "$runs.new" && cp -a "$laid" "$runs.new"; }
  [ ! -e "$runs" ] || mv -T "$runs" "$runs.old"
  mv -T "$runs.new" "$runs"
  rm -rf "$runs.old"
}

# Where the other of the two packages has come in this one's place, all of this is its own.
replaced() { [ -e "$laid/tapward" ]; }

has_systemd() { [ -d /run/systemd/system ]; }
