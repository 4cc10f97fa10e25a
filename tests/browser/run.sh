#!/usr/bin/env bash
# Runs the browser tests: run.sh BIN_FOLDER. Exits with 77 and says why when what they need is missing;
# run.sh --check only looks.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

python=
for candidate in /usr/bin/python3 python3; do # a distribution's selenium belongs to its own python
  if "$candidate" -c 'import selenium' 2>/dev/null; then python=$candidate; break; fi
done
missing=()
[ -n "$python" ] || missing+=("Python with selenium")
command -v chromedriver >/dev/null || missing+=(chromedriver)
command -v chromium >/dev/null || missing+=(chromium)
if [ ${#missing[@]} -gt 0 ]; then
  printf -v list '%s, ' "${missing[@]}"
  echo "browser tests skipped: ${list%, } not found; scripts/test.sh --all installs what they need"
  exit 77
fi
[ "${1:-}" != --check ] || exit 0
exec "$python" "$here/pages_test.py" "$@"
