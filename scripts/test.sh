#!/usr/bin/env bash
# Builds everything and runs every test. Installs what is missing first. With --all as its first argument it installs
# the browser, too, in which the programs' pages are tested; without one those tests are skipped. Further arguments go to
# ctest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

browser=()
if [ "${1:-}" = --all ]; then
  browser=(chromium chromium-driver python3-selenium)
  shift
fi
./scripts/setup.sh "${browser[@]}"
cmake --build --preset release
ctest --preset release "$@"
tests/browser/run.sh --check || true # says why, when they were skipped
