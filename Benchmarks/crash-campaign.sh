#!/usr/bin/env bash
# supertiled killed with SIGKILL at random moments while products arrive: revisits, reprocessings, split datastrips, late
# ones, damaged and hostile ones. Afterwards the store holds what an undisturbed run publishes, pixels and ids to the
# byte; a reader that polled the store all along never saw a part of an item; the ledger passes its integrity check.
#   crash-campaign.sh FOLDER-OF-PROGRAMS KILLS          needs python3, sqlite3 and openssl
set -uo pipefail
programs=$(readlink -f "$1")
kills=$2
export SUPERTILE_MODEL=${SUPERTILE_MODEL:-$(readlink -f "$(dirname "$0")/../models/highresnet-rgb-x2.json")}
folder=$(mktemp -d)
daemon=
reader=
cleanup() {
  [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
  [ -z "$reader" ] || kill "$reader" 2>/dev/null
  rm -rf "$folder"
}
trap cleanup EXIT
RANDOM=11
fail() { echo "FAILED: $*"; tail -30 "$folder/log" 2>/dev/null; exit 1; }

# The workload: for each tile its deliveries in a shuffled order, three at a time.
tiles=(31TCJ 31TDJ 31TEJ 31TFJ 31TGJ 31TCH 31TDH 31TEH)
mkdir "$folder/all"
for number in "${!tiles[@]}"; do
  options=(--revisits 4 --size 64 --seed "$((number + 1))" --tile "${tiles[$number]}" --clouds 0.05 --prune)
  options+=(--split-datastrip 2 --reprocess 1:05.12 --reprocess 3)
  [ $((number % 2)) = 0 ] || options+=(--zip)
  "$programs/supertile" simulate "${options[@]}" -o "$folder/all/$number" >/dev/null || fail "simulate"
done
seeded() { openssl enc -aes-256-ctr -pass pass:7 -nosalt </dev/zero 2>/dev/null; }
mapfile -t deliveries < <(find "$folder/all" -mindepth 2 -maxdepth 2 \( -name '*.SAFE' -o -name '*.zip' \) | sort |
  shuf --random-source=<(seeded))
# Damaged and hostile ones between them.
mkdir "$folder/bad"
head -c 4000 "$(find "$folder/all" -name '*.zip' | sort | head -1)" > "$folder/bad/truncated.SAFE.zip"
head -c 9000 /dev/urandom > "$folder/bad/noise.zip"
mkfifo "$folder/bad/pipe.zip"
mkdir "$folder/bad/empty.SAFE"
cp -r "$(find "$folder/all" -name '*.SAFE' -type d | sort | head -1)" "$folder/bad/damaged.SAFE"
band=$(find "$folder/bad/damaged.SAFE" -name '*B04_10m.jp2')
printf 'XXXX' | dd of="$band" bs=1 seek=$(($(stat -c %s "$band") / 2)) conv=notrunc 2>/dev/null
python3 - "$folder/bad/escaping.zip" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    archive.writestr("../../escaped", "x")
    archive.writestr("S2A.SAFE/MTD_MSIL2A.xml", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
PYTHON
mapfile -t bad < <(ls -d "$folder"/bad/*)
echo "${#deliveries[@]} deliveries of ${#tiles[@]} tiles, ${#bad[@]} bad ones, $kills kills"

configure() { # PLACE
  mkdir -p "$1/drop"
  cat > "$1/supertile.yaml" <<YAML
views: 3
workers: 2
daemon:
  drop_folders: [{name: drop, path: $1/drop, settle_seconds: 1, rescan_seconds: 5, incomplete_after_hours: 0.001}]
  store: $1/store
  state: $1/state
  socket: $1/socket
  quiet_seconds: 1
  retry_first_seconds: 1
  most_interruptions: 1000
  reserve_mib: 1
YAML
}
start() { # PLACE
  setsid "$programs/supertiled" --config "$1/supertile.yaml" >> "$folder/log" 2>&1 &
  daemon=$!
}
drop() { # PLACE PATH: whole at once
  local name
  name=$(basename "$2")
  if [ -p "$2" ]; then mkfifo "$1/drop/$name"; return; fi
  cp -r "$2" "$1/drop/.$name" && mv "$1/drop/.$name" "$1/drop/$name"
}
idle() { # PLACE DROPPED: everything is seen, and nothing is left to do
  "$programs/supertile" status --socket "$1/socket" --json 2>/dev/null | python3 -c '
import json, sys
try: s = json.load(sys.stdin)
except ValueError: sys.exit(1)
p, g, j = s["products"], s["groups"], s["jobs"]
busy = p.get("arriving", 0) or any(g.get(k) for k in ("open", "closed", "backoff")) or j.get("queued") or j.get("running")
sys.exit(bool(busy or s["mode"] != "working" or sum(p.values()) < int(sys.argv[1])))' "$2"
}
# Twice: between what is accepted and its group there is a moment in which nothing seems left to do.
settled() { idle "$@" && sleep 0.5 && idle "$@"; }
batches=$(((${#deliveries[@]} + 2) / 3))
drop_batch() { # PLACE NUMBER; sets dropped
  local index
  for index in $(seq $(($2 * 3)) $(($2 * 3 + 2))); do
    [ "$index" -ge ${#deliveries[@]} ] || { drop "$1" "${deliveries[$index]}"; dropped=$((dropped + 1)); }
  done
  if [ "$2" -lt ${#bad[@]} ]; then drop "$1" "${bad[$2]}"; dropped=$((dropped + 1)); fi
}

# Undisturbed.
configure "$folder/calm"
dropped=0
start "$folder/calm"
for batch in $(seq 0 $((batches - 1))); do
  drop_batch "$folder/calm" "$batch"
  sleep 1
  for _ in $(seq 300); do settled "$folder/calm" "$dropped" && break; sleep 0.2; done
  settled "$folder/calm" "$dropped" || fail "the undisturbed run is not done with batch $batch"
done
kill "$daemon"
wait "$daemon" || fail "the undisturbed daemon ended with $?"

# Disturbed, with a reader.
configure "$folder/wild"
python3 - "$folder/wild/store" > "$folder/reader" 2>&1 <<'PYTHON' &
import glob, hashlib, json, os, sys, time
root, seen = sys.argv[1], set()
print("looks", flush=True)
while True:
    for item in glob.glob(root + "/*/*/*/*/*/*/*_SR_r*"):
        if item in seen: continue
        try:
            lines = open(item + "/SHA256SUMS").read().splitlines()
            names = {line.split("  ")[1] for line in lines}
            assert names | {"SHA256SUMS"} == set(os.listdir(item)), "other files"
            for line in lines:
                digest, name = line.split("  ")
                assert hashlib.sha256(open(f"{item}/{name}", "rb").read()).hexdigest() == digest, name
            seen.add(item)
        except Exception as error:
            print("PARTIAL", item, error, flush=True)
    for name in glob.glob(root + "/*.json") + glob.glob(root + "/*/*.json") + glob.glob(root + "/*/*/*/*/*.json"):
        try: json.load(open(name))
        except Exception as error: print("PARTIAL", name, error, flush=True)
    print("seen", len(seen), flush=True)
    time.sleep(0.05)
PYTHON
reader=$!
killed=0
dropped=0
began=$(date +%s)
batch=0
start "$folder/wild"
drop_batch "$folder/wild" 0
while [ "$batch" -lt "$batches" ]; do
  # Short lives and longer ones: 0.02 s to 2.5 s.
  delay=$((20 + RANDOM % (RANDOM % 3 == 0 ? 2500 : 700)))
  sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
  if [ "$killed" -ge "$kills" ] || [ $((killed * batches)) -ge $(((batch + 1) * kills)) ]; then
    # This batch had its share: let it be done.
    for _ in $(seq 300); do settled "$folder/wild" "$dropped" && break; sleep 0.2; done
    settled "$folder/wild" "$dropped" || fail "the disturbed run is not done with batch $batch"
    batch=$((batch + 1))
    [ "$batch" -ge "$batches" ] || drop_batch "$folder/wild" "$batch"
    continue
  fi
  # `setsid` keeps the process: the daemon itself dies, at once.
  kill -KILL "$daemon" 2>/dev/null && killed=$((killed + 1))
  wait "$daemon" 2>/dev/null
  start "$folder/wild"
done
kill "$daemon"
wait "$daemon" || fail "the disturbed daemon ended with $?"
sleep 0.5
kill "$reader"
grep -q '^seen [1-9]' "$folder/reader" || fail "the reader saw nothing"
! grep PARTIAL "$folder/reader" || fail "the reader saw a part of something"
[ "$(sqlite3 "$folder/wild/state/ledger.sqlite" 'pragma integrity_check')" = ok ] || fail "the ledger is damaged"
[ ! -e "$folder/escaped" ] && [ -z "$(find / -xdev -name escaped -newer "$folder/wild/supertile.yaml" 2>/dev/null)" ] ||
  fail "an archive escaped"
left=$(find "$folder/wild/store/.supertile" -name '*.f32' -o -name '*.tif')
[ -z "$left" ] || fail "left behind: $left"

# The same store: names, pixels, catalogues, and documents but for the times at which they were written.
python3 - "$folder/calm/store" "$folder/wild/store" <<'PYTHON' || fail "the stores differ"
import glob, hashlib, json, os, re, sys
def store(root):
    files = {}
    for path in sorted(glob.glob(root + "/**", recursive=True)):
        if os.path.isdir(path): continue
        name, data = path[len(root) + 1:], open(path, "rb").read()
        if name.endswith(".json"):
            text = re.sub(r'"(created|updated|processing:datetime|supertile:group_began)"\s*:\s*"[^"]*"', r'"\1": ""', data.decode())
            data = text.replace(root, "").encode()
        if name.endswith("SHA256SUMS"):
            data = "\n".join(line for line in data.decode().splitlines() if not line.endswith(".json")).encode()
        files[name] = hashlib.sha256(data).hexdigest()
    return files
calm, wild = store(sys.argv[1]), store(sys.argv[2])
odd = sorted(name for name in calm.keys() | wild.keys() if calm.get(name) != wild.get(name))
for name in odd[:20]: print("differs:", name, "calm" if name in calm else "", "wild" if name in wild else "")
print(f"{len(calm)} files, {sum(name.endswith('_SR.tif') for name in calm)} items, {len(odd)} differ")
sys.exit(bool(odd))
PYTHON
echo "$killed kills in $(($(date +%s) - began)) s: the store is that of an undisturbed run; $(tail -1 "$folder/reader") by the reader, none in part; the ledger is whole"
