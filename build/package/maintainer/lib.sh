# What the scripts of the deb and of the rpm share. No line of it asks anything of anybody.
ours='^[[:space:]]*(@include[[:space:]]+tapward([[:space:]]|$)|-?(auth|account|password|session)[[:space:]]+(include|substack)[[:space:]]+tapward([[:space:]]|$)|[^#]*pam_tapward\.so)'

# Files of PAM services that name us.
named_by() { grep -lE "$ours" /etc/pam.d/* 2>/dev/null | grep -vx /etc/pam.d/tapward || true; }

# Passwords alone again, everywhere, before anything goes. Where the executable cannot do it, its lines are taken out by themselves; where even that fails, nothing is removed.
passwords_only() {
  [ -z "$(named_by)" ] || /usr/lib/tapward/tapward pam disable --all || true
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

# The account and the folders. Its TPM, where there is one, is opened to the group tss, which this does not make.
furnish() {
  systemd-sysusers /usr/lib/sysusers.d/tapward.conf
  ! getent group tss >/dev/null || usermod -a -G tss tapward
  systemd-tmpfiles --create /usr/lib/tmpfiles.d/tapward.conf
}

# Whether the store of before, if there is one, can be brought to this version: tried on a copy, while the agent of before runs on.
takes_over() {
  [ ! -e /var/lib/tapward/store.db ] || /usr/lib/tapward/tapward upgrade --check || {
    echo 'tapward: the store cannot be brought to this version, so the agent of before was left running, until this computer restarts, and the store is as it was. Mend what stands above, then run dpkg --configure -a (rpm: systemctl restart tapward.service).' >&2
    return 1
  }
}

has_systemd() { [ -d /run/systemd/system ]; }
