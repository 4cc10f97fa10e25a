#!/usr/bin/env bash
# The consumer, killed five times and gone on with, has the same bits as left alone; its network is shown in every way:
# test.sh PROGRAM
set -euo pipefail
program=$1 steps=3000
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" train "$folder/alone" $steps
for kill in 1 2 3 4 5; do  # each some way further
  "$program" train "$folder/killed" $steps &
  until [ -s "$folder/killed" ]; do sleep 0.01; done
  sleep 0.1
  kill -KILL $! 2>/dev/null || true
  wait $! 2>/dev/null || true
done
"$program" train "$folder/killed" $steps
cmp "$folder/alone" "$folder/killed"
"$program" show "$folder/killed" "$folder" >"$folder/text"
grep -q "(convolution): Conv2d(4, 4" "$folder/text"
grep -q "Total params: 547" "$folder/text" || { cat "$folder/text"; exit 1; }
for file in network.onnx network.h 0.png 1.png 1.convolution.png 2.norm.png; do [ -s "$folder/$file" ]; done
if [ -n "${CONSUMER_KEEP:-}" ]; then cp -r "$folder" "$CONSUMER_KEEP"; fi
