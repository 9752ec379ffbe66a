#!/usr/bin/env bash
# 1,000 products dropped within a minute: none is missed; memory before, at the peak and after, and the processor time
# of an idle minute.
#   thousand-drops.sh FOLDER-OF-PROGRAMS [PRODUCTS]
set -uo pipefail
programs=$(readlink -f "$1")
count=${2:-1000}
export SUPERTILE_MODEL=${SUPERTILE_MODEL:-$(readlink -f "$(dirname "$0")/../models/highresnet-rgb-x2.json")}
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null; wait 2>/dev/null; rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*"; tail -5 "$folder/log"; exit 1; }
field() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$daemon/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
status() { "$programs/supertile" status --socket "$folder/socket" --json 2>/dev/null; }

# One small product, under a thousand names: what is inside does not matter here, and most are duplicates.
"$programs/supertile" simulate --revisits 1 --size 64 --prune --zip -o "$folder/one" >/dev/null || fail simulate
product=$(ls "$folder"/one/*.zip)
mkdir "$folder/drop"
cat > "$folder/supertile.yaml" <<YAML
method: bicubic
consistency: none
daemon:
  drop_folders: [{name: drop, path: $folder/drop, settle_seconds: 2}]
  store: $folder/store
  state: $folder/state
  socket: $folder/socket
  quiet_seconds: 5
YAML
"$programs/supertiled" --config "$folder/supertile.yaml" > "$folder/log" 2>&1 &
daemon=$!
until status | grep -q '"working"'; do sleep 0.1; done
sleep 5
first=$(field VmRSS)
began=$(date +%s)
for number in $(seq "$count"); do
  cp "$product" "$folder/drop/.x" && mv "$folder/drop/.x" "$folder/drop/$number.zip"
done
dropped=$(date +%s)
[ $((dropped - began)) -le 60 ] || fail "dropping took $((dropped - began)) s"
for _ in $(seq 600); do
  status | tr -d ' ' | grep -q "\"accepted\":$count" && status | tr -d ' ' | grep -q '"published":1' && break
  sleep 0.5
done
status | tr -d ' ' | grep -q "\"accepted\":$count" || fail "not all were accepted: $(status)"
finished=$(date +%s)
peak=$(field VmHWM)
sleep 20
before=$(ticks)
sleep 60
after=$(ticks)
echo "$count products dropped in $((dropped - began)) s, all accepted $((finished - began)) s after the first"
echo "memory: $first kB before, $peak kB at the peak, $(field VmRSS) kB after"
echo "idle: $(((after - before) * 1000 / $(getconf CLK_TCK))) ms of processor time in 60 s"
