#!/usr/bin/env bash
# How many requests a second `dcgan serve` answers, how fast, how it bears what it should not be sent, and whether its
# memory stays flat: load_test.sh CHECKPOINT [SECONDS]. Needs wrk, ab and curl (in Debian: apt-get install wrk
# apache2-utils curl) and a machine that does nothing else. Ends with 1 when a target is missed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
checkpoint=${1:?usage: load_test.sh CHECKPOINT [SECONDS]}
seconds=${2:-10}
for tool in wrk ab curl; do
  command -v $tool >/dev/null || { echo "load test: please install $tool (apt-get install wrk apache2-utils curl)" >&2; exit 2; }
done

work=$(mktemp -d)
build/release/bin/dcgan serve --checkpoint "$checkpoint" --port 0 >"$work/address" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -r "$work"' EXIT
until grep -q http "$work/address"; do kill -0 $server || exit 2; sleep 0.1; done
address=$(cut -d' ' -f1 "$work/address")
missed=0
target() { # target TEXT CONDITION: awk's condition
  if awk "BEGIN { exit !($2) }"; then echo "  met: $1"; else echo "  MISSED: $1"; missed=1; fi
}
memory() { awk '/^VmRSS/ { print $2 }' /proc/$server/status; } # kB
status() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@" || true; }

# One digit of a seed of its own per request; `pause` ms between a connection's requests.
cat >"$work/digit.lua" <<'LUA'
local pause, n = tonumber(os.getenv("PAUSE_MS")), 0
function request()
  n = n + 1
  return wrk.format("POST", "/v1/sample", nil, '{"count": 1, "seed": ' .. n .. '}')
end
if pause > 0 then function delay() return pause end end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %.0f %.2f %.2f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status + e.timeout + e.connect + e.read + e.write))
end
LUA
load() { # load CONNECTIONS PAUSE_MS: requests/s, median and 99th percentile in ms, errors
  PAUSE_MS=$2 wrk -t1 --timeout 10s -c"$1" -d"${seconds}s" -s "$work/digit.lua" "$address" | awk '/^RESULT/ { print $2, $3, $4, $5 }'
}

load 16 0 >/dev/null # warms up
read -r rate median p99 errors <<<"$(load 32 0)"
echo "as fast as it can, 32 connections: $rate requests/s, median $median ms, p99 $p99 ms, $errors errors"
target "at least 1,000 requests/s for one digit" "$rate >= 1000 && $errors == 0"
# 16 connections that pause 30 ms ask 533 times a second when answers take no time.
read -r rate median p99 errors <<<"$(load 16 30)"
echo "about 500 a second, 16 connections: $rate requests/s, median $median ms, p99 $p99 ms, $errors errors"
target "p99 under 30 ms" "$p99 < 30 && $errors == 0"

echo "what it should not be sent:"
sample=${address}v1/sample
head -c 8388608 /dev/zero >"$work/large"
printf '%s' '{"count": 1, ' >"$work/malformed"
for count in 0 1000000000 -1; do
  target "count $count: 400" "$(status -d "{\"count\": $count}" "$sample") == 400"
done
target "malformed JSON: 400" "$(status -d @"$work/malformed" "$sample") == 400"
target "8 MB: 413" "$(status --data-binary @"$work/large" "$sample") == 413"
port=${address##*:} port=${port%/}
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /v1/sample HTTP/1.1\r\nContent-Length: 20\r\n\r\n{' >&3
slow=$(head -1 <&3 || true)
exec 3>&-
target "a body that does not come: 408" "\"${slow:9:3}\" == \"408\""
read -r rate median p99 errors <<<"$(load 500 0)"
echo "500 connections at once: $rate requests/s, median $median ms, p99 $p99 ms, $errors refused or late"
target "goes on after it" "$(status "${address}v1/health") == 200"

echo "100,000 requests:"
printf '%s' '{"count": 1}' >"$work/one"
before=$(memory)
ab -q -k -n 100000 -c 32 -p "$work/one" -T application/json "$sample" >"$work/ab"
after=$(memory)
grep -E '^(Requests per second|Complete requests|Failed requests|Non-2xx responses)' "$work/ab"
target "each with its image" "$(awk '/^Complete requests/ { n += $3 } /^(Failed requests|Non-2xx)/ { n -= $3 } END { print n }' "$work/ab") == 100000"
echo "memory before $before kB, after $after kB"
target "memory flat" "$after < $before * 1.05 + 2048"

kill -TERM $server
if wait $server; then echo "  met: ends with 0 on SIGTERM"; else echo "  MISSED: exit code $? on SIGTERM"; missed=1; fi
exit $missed
