#!/usr/bin/env bash
# Supertile beside PyTorch, ONNX Runtime and OpenVINO: the same network, weights, input and cores, in turn, round after
# round; and beside CARN, the single-image alternative, where its ONNX file is given. The table is
# Benchmarks/results/peers.md, the raw numbers peers.json beside it. Leave the machine alone while it runs.
#   peers.sh SUPERTILE [CARN.onnx] [--rounds N] [--output FILE.md] [...: peers/compare.py --help]
set -euo pipefail
if [ $# -lt 1 ]; then
  echo "usage: peers.sh SUPERTILE [CARN.onnx] [--rounds N] [--output FILE.md]" >&2
  exit 64
fi
arguments=(--supertile "$(realpath "$1")")
shift
if [ $# -gt 0 ] && [[ $1 != --* ]]; then
  [ -z "$1" ] || arguments+=(--carn "$(realpath -e "$1")")
  shift
fi
here=$(cd "$(dirname "$0")/peers" && pwd)
python=$here/.venv/bin/python

# An environment of its own, made again when the requirements change.
if [ ! -e "$here/.venv/ready" ] || [ "$here/requirements.txt" -nt "$here/.venv/ready" ]; then
  python3 -m venv "$here/.venv"
  "$python" -m pip install --quiet --requirement "$here/requirements.txt"
  touch "$here/.venv/ready"
fi
"$python" -W ignore "$here/compare.py" "${arguments[@]}" "$@"
