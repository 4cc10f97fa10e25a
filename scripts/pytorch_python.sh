#!/usr/bin/env bash
# Prints the Python that has the packages named as arguments (torch==2.13.0 numpy ...): the one that WISP_PYTHON names,
# else the one in build/pytorch, into which it installs what is missing. Exits with 1 and says why when there is none;
# with --check as the first argument it only looks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

install=yes
if [ "${1:-}" = --check ]; then install=; shift; fi
python="${WISP_PYTHON:-$PWD/build/pytorch/bin/python}"
modules=$(printf '%s, ' "${@%%=*}")
modules=${modules%, }
has_all() { command -v "$python" >/dev/null && "$python" -c "import $modules" 2>/dev/null; }

if ! has_all; then
  problem="$python lacks some of $modules"
  log=build/pytorch.log
  mkdir -p build
  if [ -n "${WISP_PYTHON:-}" ] || [ -z "$install" ]; then
    :
  elif ! python3 -m venv build/pytorch >"$log" 2>&1; then
    problem="python3 -m venv failed (Debian: python3-venv; see $log)"
  elif ! "$python" -m pip install --quiet --retries 2 "$@" >"$log" 2>&1; then
    problem="pip could not install $* (see $log)"
  fi
  has_all || { echo "$problem" >&2; exit 1; }
fi
echo "$python"
