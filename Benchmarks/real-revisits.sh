#!/usr/bin/env bash
# Real pixels through the whole pipeline: rasters of real Sentinel-2 revisits, named by date, are warped to a UTM grid,
# packaged as L2A products of mixed baselines (their scene classification is derived from the pixels, and says so), and
# run to a published item.
#   real-revisits.sh SUPERTILE VIEWS FOLDER
# VIEWS: a folder of YYYY-MM-DD.tif, reflectance x 10000, 12 bands B01 ... B12 without B10 (bands 4, 3, 2, 8 are used).
# DATES (optional): which dates; EPSG, TILE, EXTENT (optional): the grid.
set -euo pipefail
supertile=$1
views=$2
folder=$3
epsg=${EPSG:-32631}
tile=${TILE:-31TDH}
rm -rf "$folder"
mkdir -p "$folder/warped"
dates=${DATES:-$(cd "$views" && ls ./*.tif | sed 's|^\./||; s|\.tif$||')}
rasters=()
list=()
for date in $dates; do
  # One grid for all, a multiple of 20 m, cut by the first raster's extent.
  if [ -z "${EXTENT:-}" ]; then
    gdalwarp -q -t_srs "EPSG:$epsg" -tr 10 10 -tap "$views/$date.tif" "$folder/extent.tif"
    read -r west north <<<"$(gdalinfo -json "$folder/extent.tif" | python3 -c '
import json, sys
t = json.load(sys.stdin)
g, (w, h) = t["geoTransform"], t["size"]
print(g[0] + 200, g[3] - 200, g[0] + 10 * w - 200, g[3] - 10 * h + 200)' | awk '{ print int(($1 + 19) / 20) * 20, int($2 / 20) * 20 }')"
    EXTENT="$west $((north - 3400)) $((west + 3400)) $north"
    rm "$folder/extent.tif"
  fi
  # shellcheck disable=SC2086
  gdalwarp -q -t_srs "EPSG:$epsg" -te $EXTENT -tr 10 10 -r cubic "$views/$date.tif" "$folder/warped/$date.tif"
  rasters+=("$folder/warped/$date.tif")
  list+=("$date")
done
"$supertile" simulate --as-is "${rasters[@]}" --dates "$(IFS=,; echo "${list[*]}")" --band-order 4,3,2,8 --tile "$tile" \
  --baseline 02.14,05.11,04.00 -o "$folder/products"
"$supertile" run "$folder"/products/*.SAFE --store "$folder/store" --window 900 --views 16
