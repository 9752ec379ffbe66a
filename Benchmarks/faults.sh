#!/usr/bin/env bash
# supertiled on disks that are full or read-only, and out of inotify instances: it waits, says why, and goes on when the
# fault is mended. Each fault is real: small file systems in memory, remounted.
#   faults.sh FOLDER-OF-PROGRAMS          needs root
set -uo pipefail
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 0; }
if [ "${1:-}" != --inside ]; then exec unshare --mount --propagation private "$0" --inside "$1"; fi
programs=$(readlink -f "$2")
export SUPERTILE_MODEL=${SUPERTILE_MODEL:-$(readlink -f "$(dirname "$0")/../models/highresnet-rgb-x2.json")}
folder=$(mktemp -d)
daemon=
instances=$(cat /proc/sys/fs/inotify/max_user_instances)
cleanup() {
  [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
  echo "$instances" > /proc/sys/fs/inotify/max_user_instances
  for place in scratch state store; do umount -l "$folder/$place" 2>/dev/null; done
  rm -rf "$folder"
}
trap cleanup EXIT
passed=0
fail() { echo "NOT OK - $*"; tail -20 "$folder/log"; "$programs/supertile" status --socket "$folder/socket"; exit 1; }
ok() { passed=$((passed + 1)); echo "ok $passed - $*"; }
eventually() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what"
    sleep 0.2
  done
  ok "$what"
}
client() { "$programs/supertile" "$@" --socket "$folder/socket"; }
says() { client status | grep -q "$1"; }
logged() { grep -q "$1" "$folder/log"; }
group_is() { client groups --tile "$1" | grep -q " $2 "; }
start() { "$programs/supertiled" --config "$folder/supertile.yaml" >> "$folder/log" 2>&1 & daemon=$!; }
drop() { # TILE
  "$programs/supertile" simulate --revisits 2 --size 128 --tile "$1" --clouds 0 --prune --zip -o "$folder/p/$1" >/dev/null || fail simulate
  for product in "$folder/p/$1"/*.zip; do
    cp "$product" "$folder/drop/.x" && mv "$folder/drop/.x" "$folder/drop/$(basename "$product")"
  done
}
fill() { head -c 1G /dev/zero > "$1/.filler" 2>/dev/null; }

mkdir -p "$folder"/{drop,scratch,state,store,p}
for place in scratch state store; do mount -t tmpfs -o size=64m faults "$folder/$place"; done
cat > "$folder/supertile.yaml" <<YAML
method: bicubic
consistency: none
scratch: $folder/scratch
daemon:
  drop_folders: [{name: drop, path: $folder/drop, settle_seconds: 1, rescan_seconds: 5}]
  store: $folder/store
  state: $folder/state
  socket: $folder/socket
  quiet_seconds: 1
  retry_first_seconds: 1
  retry_longest_seconds: 2
  reserve_mib: 1
YAML
start
eventually 20 "the daemon works" says working

fill "$folder/scratch"
drop 31TCJ
eventually 30 "full scratch: the job waits and says for how much" says "waiting .*scratch: .*MiB free, the job needs"
rm "$folder/scratch/.filler"
eventually 30 "and begins when there is room" group_is 31TCJ published

fill "$folder/store"
drop 31TDJ
eventually 30 "full store: the job waits and says for how much" says "waiting .*store: .*MiB free, the job needs"
rm "$folder/store/.filler"
eventually 30 "and begins when there is room" group_is 31TDJ published

mount -o remount,ro "$folder/store"
drop 31TEJ
eventually 30 "read-only store: said so, by name" logged "store.*Read-only file system"
mount -o remount,rw "$folder/store"
eventually 30 "and published when it can be written to" group_is 31TEJ published

fill "$folder/state"
drop 31TFJ
eventually 30 "full state: said so, with the ledger's name" logged "ledger.sqlite.*make room"
kill -0 "$daemon" || fail "the daemon ended"
rm "$folder/state/.filler"
eventually 40 "and worked on when there is room" group_is 31TFJ published

chmod 000 "$folder/drop"
mv "$folder/drop" "$folder/away"
eventually 30 "a drop folder that is gone is a problem, and its products are not taken for gone" says "problem .*drop"
client products | grep -q gone && fail "products are gone"
mv "$folder/away" "$folder/drop"
chmod 755 "$folder/drop"
drop 31TGJ
eventually 40 "and goes on when it is back" group_is 31TGJ published

kill "$daemon"
wait "$daemon" || fail "the daemon ended with $?"
mount -o remount,ro "$folder/state"
start
wait "$daemon"
[ $? = 1 ] && logged "ledger.sqlite\|supertiled.lock" || fail "a read-only state folder at the start"
ok "a read-only state folder keeps it from starting, with the file's name"
mount -o remount,rw "$folder/state"

echo 0 > /proc/sys/fs/inotify/max_user_instances
start
eventually 20 "no inotify instance: said so, with advice" logged "fs.inotify.max_user_instances"
drop 31TCH
eventually 40 "and scans on the timer find what is dropped" group_is 31TCH published
echo "$instances" > /proc/sys/fs/inotify/max_user_instances
[ "$(sqlite3 "$folder/state/ledger.sqlite" 'pragma integrity_check')" = ok ] || fail "the ledger is damaged"
(cd "$folder/store" && find . -name SHA256SUMS | while read -r sums; do (cd "$(dirname "$sums")" && sha256sum --quiet -c SHA256SUMS) || exit 1; done) || fail "checksums"
echo "$passed checks passed"
