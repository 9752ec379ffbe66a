#!/usr/bin/env bash
# The tables that the weights are judged by: Supertile beside its baselines on cities never trained on, the paper's
# split, real second dates, and what `supertile sr` publishes for the same stacks, with pictures in one HTML page.
#   evaluation.sh SUPERTILE PYTHON DATA FOLDER [CARN.onnx]
set -euo pipefail
if [ ! -d "$3/sentinel2-l1c-cities" ]; then
  echo "the data folder is '$3', expected one that holds sentinel2-l1c-cities: make evaluation DATA=FOLDER" >&2
  exit 1
fi
supertile=$(realpath "$1")
python=$(realpath --no-symlinks "$2")
data=$(realpath "$3")
mkdir -p "$4"
folder=$(realpath "$4")
peer=${5:+--peer $(realpath "$5")}
here=$(cd "$(dirname "$0")/.." && pwd)

cd "$here/training"
# shellcheck disable=SC2086
"$python" -m supertile_training.compare --models ../models --data "$data" --out "$folder" --images $peer

echo "== published: the same stacks through supertile sr"
for scene in montpellier pisa beihai rio; do
  "$supertile" sr "$folder/$scene"/view_*.tif --anchor 0 -o "$folder/$scene/published.tif"
done
"$python" -m supertile_training.evaluation_set "$folder" published "Supertile, published"
"$supertile" evaluate set "$folder/set.json" -o "$folder"
echo "tables   $folder/compare.md, $folder/evaluation.md"
echo "pictures $folder/evaluation.html"
