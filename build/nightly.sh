#!/usr/bin/env bash
# Nothing comes in; what takes too long for every change is tested, one line each, and the exit code says whether all of it held. By hand and nightly, after `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Five minutes of made-up answers for the C parser of the PAM module.
TAPWARD_FUZZ_SECONDS=300 npm test -- test/pam/fuzz.test.ts

# Five minutes of made-up lines for the C++ parser of the Windows pipes.
TAPWARD_FUZZ_SECONDS=300 npm test -- test/windows/protocol.test.ts

# Five minutes of made-up hosts and hands for the credential provider's desk, and 20 000 rounds of a host that misbehaves.
TAPWARD_FUZZ_SECONDS=300 npm test -- test/windows/desk.test.ts
TAPWARD_CHAOS_ROUNDS=20000 npm test -- test/windows/provider.test.ts

# Five million made-up messages for the parser of D-Bus.
TAPWARD_FUZZ_RUNS=5000000 npm test -- test/dbus/wire.test.ts

# Ten thousand peers that mean harm at the Windows host's pipes.
TAPWARD_HOSTILE_ROUNDS=500 npm test -- test/windows/hostile.test.ts

# Fifty kills of agent, helper and face of an installed kiosk, at random moments.
TAPWARD_KILLS=50 npm test -- test/installed/kills.test.ts

# A hundred kills of the whole agent and of its store, fifty each of page, face and agent.
TAPWARD_KILLS=100 npm test -- test/e2e/kills.test.ts test/store/kills.test.ts
TAPWARD_KILLS=50 npm test -- test/face/kills.test.ts

# Fifty kills of an upgrade, thirteen of the way back.
TAPWARD_KILLS=50 npm test -- test/upgrade/kills.test.ts

# Every screen in every combination of theme, language, size and font.
TAPWARD_FULL=1 npm test -- test/renderer/chromium.test.ts

# Twenty thousand random lives under policies that change in the middle of them.
TAPWARD_POLICY_LIVES=20000 npm test -- test/policy/transition.test.ts

# Fifty kills of an import of people.
TAPWARD_KILLS=50 npm test -- test/people/kills.test.ts

# From a clone on a bare Debian, with nothing set up: one command makes every package.
for suite in bookworm trixie; do build/bare-debian.sh "$suite" 'npm run package -- all'; done

# The package on a bare Debian 13: its own dpkg, systemd's tools, logind and polkit.
build/installed-debian.sh trixie
