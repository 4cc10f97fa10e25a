#!/usr/bin/env bash
# Trains a DCGAN on MNIST for three minutes, draws digits with it and says how good they are. Installs and builds what is
# missing first. The run of an earlier demo stays: this one's folder is runs/demo, or runs/demo-2 and so on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./scripts/setup.sh
cmake --build --preset release --target dcgan
run=runs/demo number=1
while [ -e "$run" ]; do number=$((number + 1)) run=runs/demo-$number; done
build/release/bin/dcgan train --data data/mnist --out "$run" --minutes 3
build/release/bin/dcgan evaluate --checkpoint "$run/checkpoint.safetensors"

cat <<END

The digits it drew: $PWD/$run/samples.png
All about the run:  $PWD/$run/report.html

What to try next:
  build/release/bin/dcgan sample --checkpoint $run/checkpoint.safetensors --seed 7 --out digits.png
  build/release/bin/dcgan serve --checkpoint $run/checkpoint.safetensors
  build/release/bin/dcgan train --minutes 10 --out runs/ten-minutes
  build/release/bin/dcgan train --help
END
