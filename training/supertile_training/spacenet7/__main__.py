"""Prepare the scenes: python -m supertile_training.spacenet7 prepare --scenes DIR --products DIR --out DIR

Ends with status 1 where a scene or a product could not be used; the rest is prepared.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from .clear import MASKS
from .errors import DataError
from .grid import KINDS
from .prepare import FIRST, LAST, prepare


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="python -m supertile_training.spacenet7", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    command = parser.add_subparsers(dest="command", required=True).add_parser(
        "prepare", help="crop the Sentinel-2 products to the SpaceNet 7 scenes, one file a scene")
    command.add_argument("--scenes", type=Path, required=True, help="folder of the SpaceNet 7 scene folders")
    command.add_argument("--products", type=Path, required=True,
                         help="folder of Sentinel-2 L2A products (.SAFE or .zip), at any depth")
    command.add_argument("--out", type=Path, required=True, help="where to write the prepared scenes")
    command.add_argument("--from", dest="start", type=date.fromisoformat, default=FIRST, metavar="DATE",
                         help="first day of the revisits, and month of the truth (default %(default)s)")
    command.add_argument("--to", dest="end", type=date.fromisoformat, default=LAST, metavar="DATE",
                         help="last day, included (default %(default)s)")
    command.add_argument("--grid", choices=KINDS, default="scene",
                         help="scene: the truth's own pixels, EPSG:3857; utm: 10 m and 5 m in UTM (default %(default)s)")
    command.add_argument("--mask", choices=list(MASKS), default="paper",
                         help="what counts as cloud in the table (default %(default)s)")
    args = parser.parse_args(arguments)
    try:
        tables, problems = prepare(args.scenes, args.products, args.out, args.start, args.end, args.grid, args.mask)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(tables)} scenes in {args.out}" + (f", {len(problems)} problems, see table.json" if problems else ""))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
