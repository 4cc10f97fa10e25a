#!/usr/bin/env bash
# Trains a DCGAN on MNIST for three minutes, draws digits with it and says how good they are. Installs and builds what is
# missing first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./scripts/setup.sh
cmake --build --preset release --target dcgan
build/release/bin/dcgan train --data data/mnist --out runs/demo --minutes 3
build/release/bin/dcgan evaluate --checkpoint runs/demo/checkpoint.safetensors

cat <<END

The digits it drew: $PWD/runs/demo/samples.png
All about the run:  $PWD/runs/demo/report.html

What to try next:
  build/release/bin/dcgan sample --checkpoint runs/demo/checkpoint.safetensors --seed 7 --out digits.png
  build/release/bin/dcgan serve --checkpoint runs/demo/checkpoint.safetensors
  build/release/bin/dcgan train --minutes 10 --out runs/ten-minutes
  build/release/bin/dcgan train --help
END
