#!/usr/bin/env bash
# supertiled on disks that are full or read-only, without permissions, out of inotify watches, on a clock that jumps: it
# waits, says why, and goes on when the fault is mended. Each fault is real: small file systems in memory, remounted;
# a user without rights; a wall clock moved under the daemon's feet (support/clock-jump.c, preloaded); a mount whose
# server is stopped, so that whoever touches it hangs in the kernel.
#   faults.sh FOLDER-OF-PROGRAMS          needs root, sqlite3 and clang; the last part bindfs and /dev/fuse
set -uo pipefail
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 0; }
if [ "${1:-}" != --inside ]; then exec unshare --mount --propagation private "$0" --inside "$1"; fi
programs=$(readlink -f "$2")
export SUPERTILE_MODEL=${SUPERTILE_MODEL:-$(readlink -f "$(dirname "$0")/../models/highresnet-rgb-x2.json")}
folder=$(mktemp -d)
daemon=
instances=$(cat /proc/sys/fs/inotify/max_user_instances)
watches=$(cat /proc/sys/fs/inotify/max_user_watches)
here=$(dirname "$(readlink -f "$0")")
cleanup() {
  [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
  echo "$instances" > /proc/sys/fs/inotify/max_user_instances
  echo "$watches" > /proc/sys/fs/inotify/max_user_watches
  kill -KILL "$(cat "$folder/bindfs.pid" 2>/dev/null)" 2>/dev/null
  for place in scratch state store far; do umount -l "$folder/$place" 2>/dev/null; done
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
group_was() { # TILE STATE: at any time
  [ -n "$(sqlite3 "$folder/state/ledger.sqlite" "select 1 from event where tile = '$1' and text like '%: $2: %'")" ]
}
hangs_twice() { # behind the hook one thread of the daemon looks into the far folder, another deletes there
  [ ! -e "$folder/armed" ] && [ "$(grep -ls fuse /proc/"$daemon"/task/*/stack | wc -l)" = 2 ]
}
none_lies_in() { [ -z "$(ls "$1")" ]; }
deleted_as_done() { # TILE
  [ "$(sqlite3 "$folder/state/ledger.sqlite" "select count(*) from product where tile = '$1' and reason = 'done with; deleted'")" = 2 ]
}
says_of() { client products | grep -q "$1"; }
runner=()
start() { "${runner[@]}" "$programs/supertiled" --config "$folder/supertile.yaml" >> "$folder/log" 2>&1 & daemon=$!; }
stop() { kill "$daemon" && wait "$daemon" || fail "the daemon ended with $?"; }
drop() { # TILE [SIZE [FOLDER]]
  local into=${3:-$folder/drop}
  "$programs/supertile" simulate --revisits 2 --size "${2:-128}" --tile "$1" --clouds 0 --prune --zip -o "$folder/p/$1" >/dev/null || fail simulate
  for product in "$folder/p/$1"/*.zip; do
    cp "$product" "$into/.x" && mv "$into/.x" "$into/$(basename "$product")"
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

stop
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
stop

echo 0 > /proc/sys/fs/inotify/max_user_watches
: > "$folder/log"
start
eventually 20 "no inotify watches: said so, with advice" logged "fs.inotify.max_user_watches"
drop 31TDH
eventually 40 "and scans on the timer find what is dropped" group_is 31TDH published
echo "$watches" > /proc/sys/fs/inotify/max_user_watches
stop

# The disks fill while a job is at work: the forecast had found room.
sed -i 's/^method: .*/method: highresnet/; s/^consistency: .*/consistency: sensor/' "$folder/supertile.yaml"
start
during_job() { # TILE PLACE
  drop "$1" 384
  eventually 60 "work on $1 begins" says "running.*$1\|$1.*%"
  fill "$2"
  eventually 90 "$2 fills in mid-job: the job is tried again later, and says why" group_was "$1" backoff
  rm "$2/.filler"
  eventually 180 "and is published when there is room" group_is "$1" published
}
during_job 31TEH "$folder/store"
during_job 31TFH "$folder/scratch"
stop
[ -z "$(find "$folder/store/.supertile" "$folder/scratch" -name '*.tif' -o -name '*.f32' -o -name '*.partial' | head -1)" ] ||
  fail "something is left of the jobs that failed"
ok "nothing is left of the jobs that failed"

# A user without rights.
sed -i 's/^method: .*/method: bicubic/; s/^consistency: .*/consistency: none/' "$folder/supertile.yaml"
chown -R nobody "$folder"/{drop,scratch,state,store}
touch "$folder/log"
chmod 755 "$folder" "$folder/drop"
chmod 666 "$folder/log"
runner=(setpriv --reuid=nobody --clear-groups)
chown nobody "$folder"
start
eventually 20 "it works without privileges" says working
chmod 000 "$folder/drop"
drop 31TGH
chown nobody "$folder"/drop/*
eventually 30 "a drop folder it may not read: said so, by name" says "problem .*drop"
client products | grep -q gone && fail "products are gone"
chmod 755 "$folder/drop"
eventually 40 "and goes on when it may" group_is 31TGH published
chmod -R a-w "$folder/store"
drop 31UCP
eventually 40 "a store it may not write to: said so, by name" logged "store.*[Pp]ermission denied"
chmod -R u+w "$folder/store"
eventually 40 "and publishes when it may" group_is 31UCP published
"$programs/supertile" simulate --revisits 1 --size 128 --tile 31UDP --clouds 0 --prune -o "$folder/p/31UDP" >/dev/null
secret=$(find "$folder/p/31UDP" -name '*B03_10m.jp2')
chmod 000 "$secret"
cp -a "$folder"/p/31UDP/*.SAFE "$folder/drop/"
eventually 30 "a file it may not read: the product says which" says_of "B03_10m.jp2.*[Pp]ermission denied"
chmod 644 "$folder"/drop/*"$(basename "$(ls -d "$folder"/p/31UDP/*.SAFE)")"/GRANULE/*/IMG_DATA/R10m/*B03_10m.jp2
eventually 40 "and is looked at again when it may" group_is 31UDP published
stop

# The clock: forty days back, twenty years forth, and back again.
sed -i 's/quiet_seconds: 1/quiet_seconds: 1\n  lateness_days: 3650/' "$folder/supertile.yaml"
clang -shared -fPIC -O1 -o "$folder/clock-jump.so" "$here/support/clock-jump.c" || fail "no clock to move"
echo 0 > "$folder/clock"
runner=(setpriv --reuid=nobody --clear-groups env LD_PRELOAD="$folder/clock-jump.so" CLOCK_JUMP="$folder/clock")
start
eventually 20 "it works under another clock" says working
drop 31UEP
eventually 40 "a group waits for its deadline" group_is 31UEP open
echo $((-40 * 86400)) > "$folder/clock"
drop 31UFP
eventually 40 "the clock jumps back: what arrives then is taken" group_is 31UFP open
echo $((7300 * 86400)) > "$folder/clock"
eventually 60 "the clock jumps past the deadline: the group closes" group_is 31UEP published
echo 0 > "$folder/clock"
drop 31UGP
eventually 40 "the clock jumps back over everything: arrivals are taken, nothing hangs" group_is 31UGP open
client flush 31UGP >/dev/null
eventually 40 "and published on the operator's word" group_is 31UGP published
kill -0 "$daemon" || fail "the daemon ended"
stop
# A disk that does not answer: a file system in user space whose process is stopped.
if command -v bindfs >/dev/null && [ -e /dev/fuse ]; then
  chown -R root "$folder"
  mkdir -p "$folder/behind" "$folder/far"
  bindfs -f "$folder/behind" "$folder/far" & echo $! > "$folder/bindfs.pid"
  far=$(cat "$folder/bindfs.pid")
  until mountpoint -q "$folder/far"; do sleep 0.1; done
  sed -i "s|^  drop_folders: .*|  drop_folders: [{name: drop, path: $folder/drop, settle_seconds: 1, rescan_seconds: 5}, {name: far, path: $folder/far, settle_seconds: 1, rescan_seconds: 5, poll_only: true}]\n  stuck_after_seconds: 10|" "$folder/supertile.yaml"
  sed -i '/lateness_days/d' "$folder/supertile.yaml"
  runner=()
  : > "$folder/log"
  kill -STOP "$far"
  start
  eventually 40 "a drop folder does not answer: the daemon gets ready without it" says working
  eventually 5 "and says so" says "problem .*far: has not answered for 10 s"
  drop 32TNS
  eventually 40 "what lies elsewhere is published" group_is 32TNS published
  kill -CONT "$far"
  drop 32TPS 128 "$folder/far"
  eventually 60 "it answers: what lies there is published" group_is 32TPS published
  says "problem .*far" && fail "the problem is over"
  client drain >/dev/null
  drop 32TQS 128 "$folder/far"
  eventually 60 "a job waits for the operator" group_is 32TQS closed
  kill -STOP "$far"
  client drain --off >/dev/null || fail "no end of the drain"
  drop 32UNA
  eventually 60 "the disk hangs before a job: another tile goes first" group_is 32UNA published
  eventually 40 "and it is said" says "problem .*far: has not answered"
  kill -CONT "$far"
  eventually 60 "it answers: the job is done" group_is 32TQS published
  sed -i 's/^method: .*/method: highresnet/; s/^consistency: .*/consistency: sensor/' "$folder/supertile.yaml"
  client reload >/dev/null || fail "no reload"
  drop 32UPA 384 "$folder/far"
  eventually 60 "work on 32UPA begins" says "running.*32UPA\|32UPA.*%"
  kill -STOP "$far"
  drop 32UQA 128
  eventually 90 "it hangs in mid-job: another tile is published" group_is 32UQA published
  kill -CONT "$far"
  eventually 120 "it answers: the job is done, or done again" group_is 32UPA published
  # The hook runs between a publication and the deletion of its products.
  printf '#!/bin/sh\nrm "%s" 2>/dev/null && kill -STOP %s\nexit 0\n' "$folder/armed" "$far" > "$folder/hook"
  chmod +x "$folder/hook"
  sed -i "s|poll_only: true}|poll_only: true, on_done: delete}|; s|^  stuck_after_seconds|  hook_command: $folder/hook\n&|" "$folder/supertile.yaml"
  client reload >/dev/null || fail "no reload"
  eventually 40 "products that are done with are deleted" none_lies_in "$folder/behind"
  touch "$folder/armed"
  drop 32TLS 128 "$folder/far"
  eventually 60 "it hangs while products are deleted that are done with" hangs_twice
  drop 32TRS
  eventually 60 "another tile is published" group_is 32TRS published
  eventually 40 "and it is said" says "problem .*far: has not answered"
  [ "$(ls "$folder/behind" | grep -c T32TLS)" = 2 ] || fail "products were deleted already"
  kill -CONT "$far"
  eventually 40 "it answers: they are deleted" none_lies_in "$folder/behind"
  eventually 10 "and done with, not lost" deleted_as_done 32TLS
  kill -STOP "$far"
  eventually 40 "it hangs once more" says "problem .*far: has not answered"
  stop
  ok "and a stop is obeyed"
  kill -CONT "$far"
else
  echo "skipped, no bindfs or no /dev/fuse: a disk that does not answer"
fi
[ "$(sqlite3 "$folder/state/ledger.sqlite" 'pragma integrity_check')" = ok ] || fail "the ledger is damaged"
(cd "$folder/store" && find . -name SHA256SUMS | while read -r sums; do (cd "$(dirname "$sums")" && sha256sum --quiet -c SHA256SUMS) || exit 1; done) || fail "checksums"
echo "$passed checks passed"
