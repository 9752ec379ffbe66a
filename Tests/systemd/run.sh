#!/bin/bash
# The package in a real systemd: installed, started, fed, asked, reloaded, hung, killed, stopped.
#   run.sh PACKAGE.deb
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
if ! reason=$("$here/sandbox.sh" possible); then echo "skipped: $reason"; exit 0; fi
package=$(readlink -f "${1:?the package}") || exit 1
[ -e "$package" ] || { echo "$package: no such file; run make deb first"; exit 1; }
export SANDBOX=${SANDBOX:-/tmp/supertile-sandbox-$$}
work=$(mktemp -d /var/tmp/supertile-systemd-test.XXXXXX)
trap '"$here/sandbox.sh" down; rm -rf "$work"' EXIT
passed=0

inside() { "$here/sandbox.sh" exec "$@"; }
ok() { passed=$((passed + 1)); echo "ok $passed - $*"; }
fail() {
  echo "NOT OK - $*"
  inside journalctl -u supertiled -n 40 --no-pager -o short-precise
  exit 1
}
eventually() { # SECONDS WHAT COMMAND...
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what"
    sleep 0.3
  done
  ok "$what"
}
items() { inside sh -c 'find /var/lib/supertile/store -path "*/.supertile" -prune -o -type d -name "*_SR_r*" -print' | wc -l; }
has_items() { [ "$(items)" = "$1" ]; }
pid() { inside systemctl show -p MainPID --value supertiled; }
restarts() { inside systemctl show -p NRestarts --value supertiled; }
journal_has() { [ -n "$(inside journalctl -u supertiled -o cat --no-pager "$@")" ]; }
working() { inside supertile status --json | grep -q '"group" : "'"$1"; }
as_dropper() { inside setpriv --reuid=nobody --regid=nogroup --groups="$(inside getent group supertile | cut -d: -f3)" "$@"; }

"$here/sandbox.sh" up || exit 1
cp "$package" "$work/supertile.deb"
# What a daemon that was run on this machine by hand may have left is not the package's.
inside rm -rf /var/lib/supertile /var/cache/supertile /etc/supertile
inside mkdir -p /srv/test
inside sh -c 'cat > /srv/test/supertile.deb' < "$package"

# Install, verify, start.
inside dpkg --install --force-depends /srv/test/supertile.deb >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log"; fail "install"; }
inside dpkg --status supertile | grep -q 'ok installed' || fail "the package is not configured"
ok "the package installs"
verify=$(inside systemd-analyze verify supertiled.service 2>&1) || fail "systemd-analyze verify: $verify"
[ -z "$verify" ] || fail "systemd-analyze verify: $verify"
ok "systemd-analyze verify has nothing to say"
exposure=$(inside systemd-analyze security --offline=false supertiled.service 2>/dev/null | sed -n 's/.*exposure level for supertiled.service: \([0-9.]*\).*/\1/p')
awk -v e="$exposure" 'BEGIN { exit !(e != "" && e <= 2.0) }' || fail "systemd-analyze security: $exposure"
ok "systemd-analyze security: $exposure"
inside sh -c "sed -i 's/settle_seconds: 10/settle_seconds: 3/; s/quiet_seconds: 60/quiet_seconds: 3/; s/rescan_seconds: 300/rescan_seconds: 20/; s/stuck_after_seconds: 900/stuck_after_seconds: 10/; s/^workers: 2/workers: 1/' /etc/supertile/supertile.yaml"
inside mkdir -p /etc/systemd/system/supertiled.service.d
inside sh -c "printf '[Service]\nWatchdogSec=10\n' > /etc/systemd/system/supertiled.service.d/test.conf"
inside systemctl daemon-reload
inside systemctl start supertiled || fail "start"
ok "the daemon starts and says that it is ready"
inside systemctl status supertiled --no-pager | grep -q 'Status: "working' || fail "no STATUS"
ok "STATUS says how it is"
[ "$(inside stat -c '%a %G' /run/supertile/control.sock)" = "660 supertile" ] || fail "mode of the socket"
[ "$(inside stat -c '%a %G' /var/lib/supertile/drop)" = "2775 supertile" ] || fail "mode of the drop folder"
[ "$(inside ps -o user= -p "$(pid)" | tr -d ' ')" = supertile ] || fail "user"
ok "its own user, socket 0660 and drop folder 2775 for the group supertile"

# Drops by slow copy, by rename, by zip; as a member of the group.
simulate() { inside supertile simulate --revisits "$1" --size "${6:-96}" --seed "$2" --tile "$3" --start 2024-05-03 --clouds 0.02 -o "$4" $5 >/dev/null || fail "simulate"; }
inside mkdir -p /srv/test/slow
simulate 2 1 31TCJ /srv/test/a ""
simulate 2 2 31TDJ /srv/test/b ""
simulate 2 3 31TEJ /srv/test/c --zip
inside chmod -R a+rX /srv/test
inside setpriv --reuid=nobody --regid=nogroup --groups="$(inside getent group supertile | cut -d: -f3)" sh -c '
  cd /srv/test/a && find . -path "*.SAFE*" -print | while read -r name; do
    if [ -d "$name" ]; then mkdir -p "/var/lib/supertile/drop/$name"; else
      cp "$name" "/var/lib/supertile/drop/$name"; sleep 0.15; fi
  done' || fail "slow copy"
as_dropper sh -c 'cp -r /srv/test/b/*.SAFE /var/lib/supertile/drop/.b 2>/dev/null; mkdir /var/lib/supertile/drop/.in &&
  cp -r /srv/test/b/*.SAFE /var/lib/supertile/drop/.in && mv /var/lib/supertile/drop/.in/* /var/lib/supertile/drop/ &&
  rmdir /var/lib/supertile/drop/.in' || fail "rename"
as_dropper sh -c 'cp /srv/test/c/*.zip /var/lib/supertile/drop/' || fail "zip"
eventually 120 "a slow copy, a rename and archives become items" has_items 3
inside supertile status --json | grep -q '"published" : 3' || fail "status"
inside supertile explain 31TCJ | grep -q 'is published' || fail "explain"
ok "supertile status and explain answer"

# The journal.
for query in TILE=31TCJ EVENT=itemPublished EVENT=productAccepted JOB=1; do
  journal_has "$query" || fail "nothing in the journal for $query"
done
entry=$(inside journalctl -u supertiled EVENT=itemPublished -o json --no-pager -n 1)
for field in MESSAGE_ID TILE GROUP JOB ITEM PRIORITY CODE_FILE; do
  grep -q "\"$field\"" <<<"$entry" || fail "no $field in the journal: $entry"
done
ok "the journal is asked by its fields"

# Reload, good and bad.
before=$(pid)
inside sh -c "sed -i 's/lateness_days: 5/lateness_days: 6/' /etc/supertile/supertile.yaml"
inside timeout 20 systemctl reload supertiled || fail "reload"
eventually 10 "a good configuration is taken" journal_has EVENT=reloaded
inside sh -c "sed -i 's/lateness_days: 6/lateness_days: late/' /etc/supertile/supertile.yaml"
inside timeout 20 systemctl reload supertiled || fail "reload of a bad configuration"
eventually 10 "a bad one is refused, with file and field" journal_has EVENT=reloadFailed
inside journalctl -u supertiled EVENT=reloadFailed -o cat --no-pager | grep -q 'supertile.yaml.*lateness_days' || fail "no field named"
[ "$(pid)" = "$before" ] && [ "$(inside systemctl is-active supertiled)" = active ] || fail "the reload disturbed the daemon"
inside supertile check-config 2>/dev/null && fail "check-config takes a bad file"
inside sh -c "sed -i 's/lateness_days: late/lateness_days: 5/' /etc/supertile/supertile.yaml"
inside supertile check-config >/dev/null || fail "check-config"
ok "check-config tells good from bad"

# A hang: the watchdog ends it, systemd starts it again.
inside kill -STOP "$(pid)"
count=$(restarts)
restarted() { [ "$(restarts)" -gt "$count" ] && [ "$(inside systemctl is-active supertiled)" = active ]; }
eventually 90 "the watchdog ends a daemon that hangs, and it is started again" restarted

# A worker that hangs is ended by the daemon, which itself goes on.
worker() { inside pgrep -f 'exe work$' | tail -1; }
simulate 4 6 31TCH /srv/test/f "" 300
inside chmod -R a+rX /srv/test
as_dropper sh -c 'cp -r /srv/test/f/*.SAFE /var/lib/supertile/drop/'
eventually 90 "work begins" working 31TCH
before=$(pid)
inside kill -STOP "$(worker)" || fail "no worker process"
eventually 120 "a worker that hangs is ended, and its work done again" has_items 4
journal_has EVENT=jobRetried || fail "the retry is not in the journal"
[ "$(pid)" = "$before" ] || fail "the daemon did not go on"

# SIGKILL during work.
simulate 4 4 31TFJ /srv/test/d "" 300
inside chmod -R a+rX /srv/test
as_dropper sh -c 'cp -r /srv/test/d/*.SAFE /var/lib/supertile/drop/'
eventually 60 "work begins" working 31TFJ
count=$(restarts)
inside kill -KILL "$(pid)"
eventually 30 "a killed daemon is started again" restarted
eventually 120 "its work is finished" has_items 5
journal_has EVENT=jobInterrupted || fail "the interruption is not in the journal"

# A stop during work loses nothing.
simulate 4 5 31TGJ /srv/test/e "" 300
inside chmod -R a+rX /srv/test
as_dropper sh -c 'cp -r /srv/test/e/*.SAFE /var/lib/supertile/drop/'
eventually 60 "more work begins" working 31TGJ
inside timeout 100 systemctl stop supertiled || fail "stop"
[ "$(inside systemctl show -p Result --value supertiled)" = success ] || fail "the stop was not clean: $(inside systemctl show -p Result --value supertiled)"
inside sh -c 'find /var/cache/supertile /var/lib/supertile/store/.supertile/staging -name "*.f32" -o -name "*.tif"' | grep . && fail "scratch is left"
ok "a stop during work is clean"
inside systemctl start supertiled || fail "start after the stop"
eventually 120 "the work goes on after the next start" has_items 6
journal_has EVENT=jobInterrupted --grep 'given up for a stop' || fail "the stop during work is not in the journal"
journal_has --grep 'cannot be written down' && fail "the end of a job could not be written down"
inside sh -c 'cd /var/lib/supertile/store && for sums in $(find . -name SHA256SUMS); do (cd "$(dirname "$sums")" && sha256sum --quiet -c SHA256SUMS) || exit 1; done' || fail "checksums"
ok "every item matches its checksums"
inside dpkg --purge --force-depends supertile >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log"; fail "purge"; }
[ "$(items)" = 6 ] || fail "purging the package removed items"
ok "the package goes, the items stay"
echo "$passed checks passed"
