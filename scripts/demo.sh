#!/usr/bin/env bash
# Trains a DCGAN on MNIST for two minutes and draws digits with it. Installs and builds what is missing first.
# The networks are half as wide as dcgan's default: in so short a time they learn more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./scripts/setup.sh
cmake --build --preset release --target dcgan
build/release/bin/dcgan train --data data/mnist --out runs/demo --base-channels 32 --minutes 2

cat <<END

The digits it drew: $PWD/runs/demo/samples.png

What to try next:
  build/release/bin/dcgan sample --checkpoint runs/demo/checkpoint.safetensors --seed 7 --out digits.png
  build/release/bin/dcgan train --epochs 5 --out runs/five-epochs
  build/release/bin/dcgan train --help
END
