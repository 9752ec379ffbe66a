#!/usr/bin/env bash
# A whole Sentinel-2 tile with 8 views, made by `supertile simulate`, to a published item; ended once by SIGKILL and
# resumed. Prints wall and processor time, peak memory, bytes read and written, steps and certificate.
#   full-tile.sh SUPERTILE FOLDER [SIZE] [KILL_AFTER_SECONDS] [OPTION of `supertile run`...]
# FOLDER keeps the products (made where they are missing: half an hour, 7 GB), the store and the figures; a whole tile
# takes another 25 GB there while it runs. SIZE is the side in 10 m pixels (10980); KILL_AFTER_SECONDS 0 does not kill.
set -euo pipefail
program=$(realpath "$1") folder=$2 size=${3:-10980} kill_after=${4:-600}
shift $(($# < 4 ? $# : 4))
measure=$(cd "$(dirname "$0")" && pwd)/support/measure.py
mkdir -p "$folder"
cd "$folder"

if [ ! -e products/made ]; then
  rm -rf products
  python3 "$measure" --output simulate.json \
    "$program" simulate -o products --size "$size" --revisits 8 --clouds 0.1 --reference 1 --prune > /dev/null
  touch products/made
fi
rm -rf store
run=("$program" run products/*.SAFE --store store --workers "$(nproc)" "$@")
if [ "$kill_after" != 0 ]; then
  echo "first run, ended by SIGKILL after $kill_after s" >&2
  python3 "$measure" --output killed.json --kill-after "$kill_after" "${run[@]}" && killed=0 || killed=$?
  [ "$killed" = 137 ] || { echo "the first run ended by itself, status $killed" >&2; exit 1; }
  test -z "$(find store -name '*_SR.tif' -not -path '*/.supertile/*')" || { echo "half an item is visible" >&2; exit 1; }
fi
echo "run to the end" >&2
python3 "$measure" --output run.json "${run[@]}"
python3 - run.json <<'CHECK'
import json, sys
peak = json.load(open(sys.argv[1]))["peak_rss_mib"]
print(f"peak memory {peak} MiB, " + ("within" if peak <= 4096 else "OVER") + " 4 GiB", file=sys.stderr)
sys.exit(peak > 4096)
CHECK
find store -name '*_SR.tif' -exec gdalinfo {} \; | sed -n '1,4p'
