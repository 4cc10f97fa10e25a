#!/usr/bin/env bash
# scripts/compare_recipes.sh prints a line per recipe with the mean and the standard deviation of two seeds' figures, and
# repeats no run that is there.
#   tests/apps/compare_recipes.sh BIN_FOLDER
set -euo pipefail
script=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/compare_recipes.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DCGAN=$1/dcgan XDG_CACHE_HOME=$folder/cache

compare() { echo 'two by four, tiny|--base-channels 2 --latent 4' | "$script" "$folder/runs" 0.003 "3 8"; }
fail() { echo "$1" >&2; exit 1; }

first=$(compare)
figure() { sed -E 's/.*"fid":([0-9.]+).*/\1/' "$folder/runs/two-by-four-tiny-$1/figures.json"; }
a=$(figure 3) b=$(figure 8)
[ "$a" != "$b" ] || fail "two seeds, one figure: $a"
# Of two numbers the standard deviation is their distance over the root of 2.
expected=$(awk -v a="$a" -v b="$b" 'BEGIN { d = a > b ? a - b : b - a; printf "%.2f +- %.2f", (a + b) / 2, d / sqrt(2) }')
line='\| two by four, tiny \| [1-9][0-9]* \| ([^|]*) \| [01]\.[0-9]{3} \+- [01]\.[0-9]{3} \|$'
[[ $first =~ $line ]] || fail "no such line: $first"
[ "${BASH_REMATCH[1]}" = "$expected" ] || fail "expected FID $expected: $first"
touch "$folder/before"
[ "$(compare)" = "$first" ] || fail "another table from the same runs"
[ -z "$(find "$folder/runs" -newer "$folder/before")" ] || fail "a run was repeated"
if "$script" "$folder" 2>/dev/null; then fail "two arguments were accepted"; fi
