#!/usr/bin/env bash
# Builds everything and runs every test. Installs what is missing first. With --all as its first argument it installs
# the browser, too, in which the programs' pages are tested, and Python's venv, in which the tests with PyTorch set
# themselves up; without them those tests are skipped. Further arguments go to ctest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

more=()
if [ "${1:-}" = --all ]; then
  more=(chromium chromium-driver python3-selenium python3-venv)
  shift
fi
./scripts/setup.sh "${more[@]}"
cmake --build --preset release
ctest --preset release --parallel "$(nproc)" "$@" # the slow ones one by one
for tests in browser pytorch; do
  tests/$tests/run.sh --check || true # says why, when they were skipped
done
