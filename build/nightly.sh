#!/usr/bin/env bash
# Nothing comes in; what takes too long for every change is tested, one line each, and the exit code says whether all of it held. By hand and nightly, after `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Five minutes of made-up answers for the C parser of the PAM module.
TAPWARD_FUZZ_SECONDS=300 npm test -- test/pam/fuzz.test.ts

# Five minutes of made-up lines for the C++ parser of the Windows pipes.
TAPWARD_FUZZ_SECONDS=300 npm test -- test/windows/protocol.test.ts
