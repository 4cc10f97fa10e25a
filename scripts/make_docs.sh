#!/usr/bin/env bash
# Makes the pages of docs/tconv from tconv's presets. Build first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p docs/tconv
build/release/bin/tconv presets | while read -r name _; do
  build/release/bin/tconv explain --preset "$name" --out "$folder" >/dev/null
  cp "$folder/index.html" "docs/tconv/$name.html"
done
