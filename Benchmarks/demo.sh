#!/usr/bin/env bash
# The main job on products it makes: simulate eight revisits of a drawn town, run them to a published item, publish the
# bicubic baseline beside it, and compare both with the truth.
#   demo.sh SUPERTILE FOLDER
set -euo pipefail
supertile=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder"

echo "== simulate: 8 revisits of one tile, cloudy, shifted, two baselines, one split datastrip, one reprocessing"
"$supertile" simulate --revisits 8 --reference 8 --size 384 --seed 12 --split-datastrip 2 --reprocess 3 \
  --baseline 05.11,02.14 -o "$folder/products"

echo "== plan: what is used, and why"
"$supertile" plan "$folder"/products/*.SAFE

echo "== run: super-resolve and publish"
item=$("$supertile" run "$folder"/products/*.SAFE --store "$folder/store")
echo "== run: the bicubic baseline, in a collection of its own"
baseline=$("$supertile" run "$folder"/products/*.SAFE --store "$folder/store" --collection bicubic --method bicubic)

truth=$(ls "$folder"/products/truth/*_TRUTH.tif)
echo "== before and after, against the truth at 5 m"
printf 'bicubic of the anchor  %s\n' "$("$supertile" evaluate "$baseline"/*_SR.tif "$truth" | sed -n 1p)"
printf 'Supertile              %s\n' "$("$supertile" evaluate "$item"/*_SR.tif "$truth" | sed -n 1p)"

# Pictures: the same crop of the anchor's pixels, the output and the truth, at the same stretch.
crop() { # source, offset and size in 5 m pixels, target
  gdal_translate -q -of PNG -ot Byte -b 1 -b 2 -b 3 -scale 100 3000 0 255 -exponent 0.7 -srcwin "$2" "$2" "$3" "$3" \
    -outsize 768 768 -r nearest "$1" "$4"
  rm -f "$4.aux.xml"
}
crop "$baseline"/*_SR.tif 260 192 "$folder/before.png"
crop "$item"/*_SR.tif 260 192 "$folder/after.png"
crop "$truth" 260 192 "$folder/truth.png"

echo "== outputs"
echo "item      $item"
echo "catalog   $folder/store/catalog.json"
echo "pictures  $folder/before.png (bicubic), $folder/after.png (Supertile), $folder/truth.png, $(ls "$item"/*_THUMB.png)"
