#!/usr/bin/env bash
# `supertile run` killed with SIGKILL at random moments: the store never shows a part of an item, and the next run
# finishes the work. Every round starts where the last one was killed; when an item was published, the next round adds
# a product, so that there is always something to do.
#   kill-test.sh SUPERTILE ROUNDS
set -uo pipefail
supertile=$1
rounds=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
RANDOM=7

"$supertile" simulate --revisits 12 --size 128 --seed 5 --clouds 0.05 -o "$folder/products" >/dev/null || exit 1
mapfile -t products < <(ls -d "$folder"/products/*.SAFE)
used=2
fail() { echo "FAILED in round $round: $*"; exit 1; }

check() { # every visible item is whole
  local item
  while read -r item; do
    (cd "$item" && sha256sum --quiet -c SHA256SUMS) || fail "$item does not match its checksums"
    for part in SR.tif MASK.tif VIEWS.tif THUMB.png BUILDINGS.geojson OBSERVED.geojson; do
      [ -s "$item/$(basename "$item")_$part" ] || fail "$item lacks $part"
    done
    for part in BUILDINGS OBSERVED; do
      python3 -m json.tool "$item/$(basename "$item")_$part.geojson" >/dev/null || fail "$item has a torn $part"
      grep -q "_$part.geojson" "$item/$(basename "$item").json" || fail "$item does not list $part"
    done
    gdalinfo "$item/$(basename "$item")_SR.tif" | grep -q 'LAYOUT=COG' || fail "$item has no valid COG"
  done < <(find "$folder/store" -path '*/.supertile' -prune -o -type d -name '*_SR_r*' -print 2>/dev/null)
  for document in "$folder"/store/catalog.json "$folder"/store/*/collection.json; do
    [ ! -e "$document" ] || python3 -m json.tool "$document" >/dev/null || fail "$document is no JSON"
  done
}
count() { find "$folder/store" -path '*/.supertile' -prune -o -type d -name '*_SR_r*' -print 2>/dev/null | wc -l; }

# How long an undisturbed run takes, to spread the kills over it.
start=$(date +%s%N)
"$supertile" run "${products[@]:0:2}" --store "$folder/warm" >/dev/null 2>&1 || exit 1
length=$((($(date +%s%N) - start) / 1000000))
killed=0
finished=0
for round in $(seq "$rounds"); do
  before=$(count)
  # A group of its own, so that the kill reaches every thread and nothing else.
  setsid "$supertile" run "${products[@]:0:$used}" --store "$folder/store" >/dev/null 2>&1 &
  process=$!
  delay=$((RANDOM * RANDOM % (length * 2)))
  sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
  if kill -KILL "$process" 2>/dev/null; then killed=$((killed + 1)); fi
  wait "$process" 2>/dev/null
  check
  if [ "$(count)" -gt "$before" ]; then
    finished=$((finished + 1))
    used=$((used < ${#products[@]} ? used + 1 : 2))
  fi
done
round=end
"$supertile" run "${products[@]:0:$used}" --store "$folder/store" >/dev/null 2>&1 || fail "the last run did not finish"
check
[ "$(find "$folder/store/.supertile/staging" -mindepth 1 -maxdepth 1 -type d | wc -l)" = 0 ] || fail "staging is not empty"
[ "$(find "$folder"/store/.supertile/.supertile-scratch-* -mindepth 1 -maxdepth 1 -type d | wc -l)" = 0 ] || fail "scratch is not empty"
echo "$rounds rounds: $killed killed, $finished published in spite of it, $(count) items, all whole; nothing left behind"
