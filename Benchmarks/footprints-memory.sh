#!/usr/bin/env bash
# Memory and time of `supertile footprints` on a whole tile: probabilities of 21960 x 21960 pixels with about a million
# buildings, made here by repeating a drawn town. Prints counts, seconds and the peak of memory; then the same once more
# with the first result as the previous revision, which must keep every name.
#   footprints-memory.sh SUPERTILE [FOLDER]
set -euo pipefail
supertile=$1
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
[ $# -gt 1 ] || trap 'rm -rf "$folder"' EXIT
side=2000 # pixels of the town
copies=11

# Houses of 2 to 8 pixels a side, some turned, some touching; one in fifty a block with a courtyard.
awk -v side=$side 'BEGIN {
  srand(11); printf "{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:32631\"}},\"features\":["
  for (i = 0; i < 9000; i++) {
    x = 300000 + 5 * side * rand(); y = 4900020 - 5 * side * rand(); w = 10 + 30 * rand(); h = 10 + 30 * rand()
    a = rand() < 0.5 ? 0 : 1.57 * rand(); c = cos(a); s = sin(a); hole = ""
    if (rand() < 0.02) { w *= 4; h *= 4; out = box(x, y, w, h, 1); hole = "," box(x, y, w, h, 0.5) } else out = box(x, y, w, h, 1)
    printf "%s{\"type\":\"Feature\",\"properties\":{},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[%s%s]}}", i ? "," : "", out, hole
  }
  print "]}"
}
function point(x, y, u, v) { return sprintf("[%.2f,%.2f]", x + u * c - v * s, y + u * s + v * c) }
function box(x, y, w, h, k) {
  w *= k / 2; h *= k / 2
  return "[" point(x, y, -w, -h) "," point(x, y, w, -h) "," point(x, y, w, h) "," point(x, y, -w, h) "," point(x, y, -w, -h) "]"
}' > "$folder/town.json"
gdal_rasterize -q -burn 9000 -init 500 -ot UInt16 -tr 5 5 -te 300000 $((4900020 - 5 * side)) $((300000 + 5 * side)) 4900020 \
  "$folder/town.json" "$folder/town.tif"

{ # The town again and again; the last copies are cut.
  echo '<VRTDataset rasterXSize="21960" rasterYSize="21960"><SRS>EPSG:32631</SRS>'
  echo '<GeoTransform>300000,5,0,4900020,0,-5</GeoTransform><VRTRasterBand dataType="UInt16" band="1">'
  echo '<NoDataValue>65535</NoDataValue>'
  for ((row = 0; row < copies; row++)); do
    for ((column = 0; column < copies; column++)); do
      w=$((21960 - column * side)) h=$((21960 - row * side))
      w=$((w < side ? w : side)) h=$((h < side ? h : side))
      echo "<SimpleSource><SourceFilename relativeToVRT=\"1\">town.tif</SourceFilename>"
      echo "<SrcRect xOff=\"0\" yOff=\"0\" xSize=\"$w\" ySize=\"$h\"/>"
      echo "<DstRect xOff=\"$((column * side))\" yOff=\"$((row * side))\" xSize=\"$w\" ySize=\"$h\"/></SimpleSource>"
    done
  done
  echo '</VRTRasterBand></VRTDataset>'
} > "$folder/tile.vrt"
gdal_translate -q -co TILED=YES -co BLOCKXSIZE=512 -co BLOCKYSIZE=512 -co COMPRESS=ZSTD -co ZSTD_LEVEL=1 -co BIGTIFF=YES \
  "$folder/tile.vrt" "$folder/probability.tif"

measure() { # arguments of footprints
  local start peak=0 now process
  start=$(date +%s%N)
  "$supertile" footprints "$folder/probability.tif" --from-probability --threshold 0.5 --min-area 100 "$@" --json \
    > "$folder/counts.json" &
  process=$!
  while now=$(awk '/VmHWM/ {print $2}' "/proc/$process/status" 2>/dev/null) && [ -n "$now" ]; do
    peak=$now
    sleep 0.2
  done
  wait "$process"
  printf '%s buildings, %s names kept, %s s, peak %s MiB, %s MiB of GeoJSON\n' \
    "$(grep -o '"buildings" : [0-9]*' "$folder/counts.json" | grep -o '[0-9]*')" \
    "$(grep -o '"namesKept" : [0-9]*' "$folder/counts.json" | grep -o '[0-9]*')" \
    $((($(date +%s%N) - start) / 1000000000)) $((peak / 1024)) $(($(stat -c %s "$folder/buildings.geojson") >> 20))
}

measure -o "$folder/buildings.geojson" --observed "$folder/observed.geojson"
cp "$folder/buildings.geojson" "$folder/previous.geojson"
measure -o "$folder/buildings.geojson" --previous "$folder/previous.geojson"
