#!/usr/bin/env bash
# Runs the tests with PyTorch and onnxruntime: run.sh BIN_FOLDER. Installs these into build/pytorch unless WISP_PYTHON
# names a Python that has them. Exits with 77 and says why where that cannot be done; run.sh --check only looks.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

check=()
[ "${1:-}" != --check ] || check=(--check)
packages=(torch==2.13.0 numpy safetensors onnx onnxruntime)
if ! python=$("$here/../../scripts/pytorch_python.sh" "${check[@]}" "${packages[@]}" 2>&1); then
  echo "PyTorch tests skipped: $python"
  exit 77
fi
[ ${#check[@]} -eq 0 ] || exit 0
"$python" "$here/onnx_test.py" "$@"
exec "$python" "$here/round_trip_test.py" "$@"
