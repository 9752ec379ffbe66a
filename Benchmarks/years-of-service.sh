#!/usr/bin/env bash
# What supertiled takes after years: a ledger of many tiles and windows, whose products were published from and deleted.
# Prints the ledger's size, memory and processor time of the start, of a new product, of `supertile products` and of an
# idle minute.
#   years-of-service.sh FOLDER-OF-PROGRAMS [TILES] [WINDOWS]
# The ledger is that of six small products of one window, copied under other names (needs python3).
set -uo pipefail
programs=$(readlink -f "$1")
tiles=${2:-100}
windows=${3:-33}
export SUPERTILE_MODEL=${SUPERTILE_MODEL:-$(readlink -f "$(dirname "$0")/../models/highresnet-rgb-x2.json")}
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null; wait 2>/dev/null; rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*"; tail -5 "$folder/log"; exit 1; }
status() { "$programs/supertile" status --socket "$folder/socket" --json 2>/dev/null | tr -d ' '; }
begin() {
  "$programs/supertiled" --config "$folder/supertile.yaml" > "$folder/log" 2>&1 &
  daemon=$!
}
end() { kill "$daemon" && wait "$daemon" 2>/dev/null; daemon=; }
expect() { # a text in the status
  for _ in $(seq 1200); do status | grep -q "$1" && return; sleep 0.25; done
  fail "no $1: $(status)"
}
say() {
  awk -v what="$1" -v ticks="$(getconf CLK_TCK)" '{ printf "%s: %.2f s of processor time, ", what, ($14 + $15) / ticks }' \
    "/proc/$daemon/stat"
  awk '$1 == "VmRSS:" { rss = $2 } $1 == "VmHWM:" { peak = $2 } END { printf "%d MB (at most %d)\n", rss / 1024, peak / 1024 }' \
    "/proc/$daemon/status"
}

"$programs/supertile" simulate --revisits 6 --size 64 --prune --zip -o "$folder/made" >/dev/null || fail simulate
mkdir "$folder/drop"
cat > "$folder/supertile.yaml" <<YAML
method: bicubic
consistency: none
daemon:
  drop_folders: [{name: drop, path: $folder/drop, settle_seconds: 1, on_done: delete}]
  store: $folder/store
  state: $folder/state
  socket: $folder/socket
  quiet_seconds: 1
YAML
begin
expect '"working"'
cp "$folder"/made/*.zip "$folder/drop/"
expect '"gone":6'
end
python3 - "$folder/state/ledger.sqlite" "$tiles" "$windows" <<'PYTHON' || fail "no ledger was made"
import re, sqlite3, sys
from datetime import date, timedelta

path, tiles, windows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
first = date(2024, 5, 3)
ledger = sqlite3.connect(path)
ledger.row_factory = sqlite3.Row
kept = {table: [dict(row) for row in ledger.execute(f"select * from {table}")]
        for table in ("product", "revisitGroup", "item")}
for table in ("product", "revisitGroup", "item", "attempt", "job", "event"):
    ledger.execute(f"delete from {table}")
for tile in range(tiles):
    name = f"{1 + tile % 60:02d}T{'CDEFGHKLMN'[tile // 60 % 10]}J"
    for window in range(windows):
        days = (date(2018, 1, 1) - first).days + 61 * window

        def renamed(text):
            text = text.replace("31TCJ", name)
            return re.sub(r"2024\d{4}", lambda found: (
                date(2024, int(found[0][4:6]), int(found[0][6:])) + timedelta(days)).strftime("%Y%m%d"), text)

        for table, rows in kept.items():
            for row in rows:
                row = {key: renamed(value) if isinstance(value, str) else value for key, value in row.items()}
                for key in ("windowStart", "windowEnd"):
                    if key in row:
                        row[key] += 86400 * days
                if table == "product":  # seconds since 2001
                    row["product"] = re.sub(
                        r"\b73\d{7}(\.\d+)?", lambda found: repr(float(found[0]) + 86400 * days), row["product"])
                names = ",".join(f'"{key}"' for key in row)
                ledger.execute(f"insert into {table} ({names}) values ({','.join('?' * len(row))})", list(row.values()))
ledger.commit()
PYTHON
# Contents have other digests under other names: what is planned of them now is what was published.
begin
expect '"working"'
end
python3 -c "
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1])
ledger.execute(\"update revisitGroup set doneInputs = inputs, state = 'published'\")
ledger.commit()" "$folder/state/ledger.sqlite" || fail "the ledger cannot be changed"
ls -l "$folder/state/ledger.sqlite" | awk '{ printf "%d products of %d tiles, ledger of %d MB\n", p, t, $5 / 1048576 }' \
  p=$((6 * tiles * windows)) t="$tiles"
began=$(date +%s%N)
begin
expect '"working"'
echo "start: $((($(date +%s%N) - began) / 1000000)) ms"
sleep 5
say "after the start"
status | grep -q "\"published\":$((tiles * windows))" || fail "not all groups are settled: $(status)"
cp "$(ls "$folder"/made/*.zip | head -1)" "$folder/drop/S2A_NEW.zip"
expect '"done":1'
sleep 2
say "after one product"
"$programs/supertile" products --socket "$folder/socket" > /dev/null
say "after \`supertile products\`"
sleep 60
say "after an idle minute"
