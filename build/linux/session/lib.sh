# Sourced by what runs in a session. A name and a command come in; the command is kept running: back in 50 ms, then ever later, and given up on when it never lasts.
# Returns 3 when it was given up on, and 4 when it said that it would end the same way again (exit code 78: a switch that opens the face).
keep() {
  name=$1
  shift
  quick=0
  wait=0.05
  while :; do
    read -r began rest </proc/uptime
    code=0
    setsid "$@" &
    child=$!
    wait "$child" || code=$?
    # What a killed Chromium leaves behind can hold its display.
    [ "$name" != face ] || kill -s KILL -- "-$child" 2>/dev/null || true
    [ "$code" -ne 78 ] || return 4
    read -r ended rest </proc/uptime
    # One that stood for ten seconds is not the one that never stands.
    if [ $((${ended%.*} - ${began%.*})) -ge 10 ]; then
      quick=0
      wait=0.05
    fi
    quick=$((quick + 1))
    [ "$quick" -le 12 ] || return 3
    echo "tapward: the $name ended with $code and is started again in $wait s" >&2
    sleep "$wait"
    case $wait in 0.05) wait=0.1 ;; 0.1) wait=0.2 ;; 0.2) wait=0.5 ;; 0.5) wait=1 ;; *) wait=2 ;; esac
  done
}

# The account that the agent runs as, as a number: the helper believes nobody else. Without it there is no station here.
agent_uid() { id -u tapward 2>/dev/null; }
