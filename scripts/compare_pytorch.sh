#!/usr/bin/env bash
# Compares Wisp's speed and memory with PyTorch's on this machine: scripts/compare_pytorch.sh [--rounds 5] [--out FILE].
# Installs PyTorch into build/pytorch unless WISP_PYTHON names a Python that has it. See docs/performance.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./scripts/setup.sh
cmake --build --preset release --target bench

python=$(scripts/pytorch_python.sh torch==2.13.0 numpy)
exec "$python" scripts/compare_pytorch/compare.py --bench build/release/bin/bench "$@"
