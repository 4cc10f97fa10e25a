#!/usr/bin/env bash
# Trains recipes for equal times and prints a Markdown table of how good their images are, compared with the validation
# images: mean and standard deviation over the seeds. The build must be there, or DCGAN name another's dcgan.
#
#   scripts/compare_recipes.sh FOLDER MINUTES "SEED..." <RECIPES
#
# RECIPES has a line per recipe, "what it is|options of dcgan train". Runs stay in FOLDER; one that is complete there is
# not repeated.
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1 minutes=$2 seeds=$3
dcgan=${DCGAN:-$(dirname "${BASH_SOURCE[0]}")/../build/release/bin/dcgan}

figures() { # NAME OPTIONS SEED: the figures of that run as JSON
  local run="$folder/$1-$3"
  if [ ! -s "$run/figures.json" ]; then
    rm -rf "$run"
    # shellcheck disable=SC2086 # options are words
    "$dcgan" train --quiet --evaluate-every 0 --minutes "$minutes" --seed "$3" $2 --out "$run" </dev/null
    "$dcgan" evaluate --checkpoint "$run/checkpoint.safetensors" --split validation --json >"$run/figures.part"
    mv "$run/figures.part" "$run/figures.json"
  fi
  cat "$run/figures.json"
}

spread() { # KEY DIGITS: "mean +- standard deviation" of that number in the lines of JSON
  sed -E "s/.*\"$1\":([-+.e0-9]+).*/\1/" | awk -v digits="$2" '
    { sum += $1; squares += $1 * $1 }
    END { mean = sum / NR; variance = NR > 1 ? (squares - NR * mean * mean) / (NR - 1) : 0
          printf "%.*f +- %.*f", digits, mean, digits, sqrt(variance > 0 ? variance : 0) }'
}

mkdir -p "$folder"
echo "| what | steps | FID | coverage |"
echo "|---|---|---|---|"
while IFS='|' read -r what options; do
  [ -n "$what" ] || continue
  name=$(printf '%s' "$what" | tr -cs '[:alnum:]' '-')
  all=$(for seed in $seeds; do figures "$name" "$options" "$seed"; done)
  steps=$(for seed in $seeds; do tail -n 1 "$folder/$name-$seed/log.csv" | cut -d, -f1; done |
          awk '{ sum += $1 } END { printf "%d", sum / NR }')
  echo "| $what | $steps | $(echo "$all" | spread fid 2) | $(echo "$all" | spread coverage 3) |"
done
