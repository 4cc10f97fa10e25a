#!/usr/bin/env bash
# Kills `dcgan train` with SIGKILL at random moments and resumes it each time: it must end with the checkpoint, the
# samples and the log of a run that was left alone, on every backend in f32 and bf16.
#   tests/apps/kill_and_resume.sh BIN_FOLDER [KILLS of each of the four, 5]
set -euo pipefail
dcgan=$1/dcgan kills=${2:-5}
data=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/data/mnist
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
RANDOM=7

result_of() { # hashes of the checkpoint, the samples and the log without its columns of times
  sha256sum <"$1/checkpoint.safetensors"
  cat "$1"/samples/*.png "$1/samples.png" | sha256sum
  cut -d, -f1-3,5-9,11- "$1/log.csv" | sha256sum
}

train_and_kill() { # RUN OPTIONS...
  local run=$1 killed=0
  shift
  while [ "$killed" -lt "$kills" ]; do
    if [ -e "$run/checkpoint.safetensors" ]; then
      "$dcgan" train --quiet --resume "$run" &
    else
      "$dcgan" train --quiet --out "$run" "$@" &
    fi
    local process=$!
    sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    kill -KILL "$process" 2>/dev/null || true
    local status=0
    wait "$process" 2>/dev/null || status=$?
    case $status in
      0) echo "done after $killed kills, too soon"; exit 1 ;;
      137) killed=$((killed + 1)) ;;
      *) echo "resuming failed with exit code $status after $killed kills"; exit 1 ;;
    esac
  done
  echo -n "killed $killed times; "
  "$dcgan" train --quiet --resume "$run"
}

onednn=onednn
"$dcgan" train --help | grep onednn >/dev/null || onednn=auto # where the build lacks it
for backend in native $onednn; do
  for precision in f32 bf16; do
    options=(--data "$data" --base-channels 8 --latent 16 --batch 16 --steps $((kills * 500)) --checkpoint-every 40
             --evaluate-every 0 --seed 5 --backend "$backend" --precision "$precision")
    echo -n "$backend $precision: "
    "$dcgan" train --quiet --out "$folder/alone" "${options[@]}"
    train_and_kill "$folder/killed" "${options[@]}"
    if [ "$(result_of "$folder/alone")" != "$(result_of "$folder/killed")" ]; then
      echo "the run that was killed ended differently"
      exit 1
    fi
    echo "the same bits"
    rm -rf "$folder"/*
  done
done
