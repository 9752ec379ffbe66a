"""SpaceNet 7 scene names, the map tiles they stand for, and the paper's fixed split over scenes."""

import re

from .errors import DataError

ZOOM = 13
WORLD = 2 * 20_037_508.342789244  # metres of EPSG:3857
TILE = WORLD / 2 ** ZOOM  # 4891.97 m

# The scenes of the paper's Appendix Table 1, in its order (rows 1 to 45).
PAPER = """
0358E-1220N_1433_3310 1389E-1284N_5557_3054 0361E-1300N_1446_2989 1848E-0793N_7394_5018 0357E-1223N_1429_3296
1716E-1211N_6864_3345 1025E-1366N_4102_2726 1672E-1207N_6691_3363 1298E-1322N_5193_2903 1014E-1375N_4056_2688
1703E-1219N_6813_3313 1617E-1207N_6468_3360 1439E-1134N_5759_3655 0566E-1185N_2265_3451 0586E-1127N_2345_3680
1481E-1119N_5927_3715 0571E-1075N_2287_3888 1200E-0847N_4802_4803 1210E-1025N_4840_4088 1335E-1166N_5342_3524
1204E-1204N_4819_3372 0632E-0892N_2528_4620 1479E-1101N_5916_3785 0434E-1218N_1736_3318 1138E-1216N_4553_3325
0331E-1257N_1327_3160 1049E-1370N_4196_2710 1185E-0935N_4742_4450 0614E-0946N_2459_4406 0595E-1278N_2383_3079
1209E-1113N_4838_3737 0977E-1187N_3911_3441 1289E-1169N_5156_3514 0368E-1245N_1474_3210 1015E-1062N_4061_3941
1438E-1134N_5753_3655 1276E-1107N_5105_3761 1296E-1198N_5184_3399 0924E-1108N_3699_3757 0487E-1246N_1950_3207
1538E-1163N_6154_3539 1748E-1247N_6993_3202 1172E-1306N_4688_2967 1709E-1112N_6838_3742 0683E-1006N_2732_4164
""".split()
VALIDATION_ROWS = (3, 14, 31, 37)
TEST_ROWS = (1, 2, 15, 36)
UNUSED_ROWS = (30,)

_NAME = re.compile(r"(?:L15-)?(\d{4})E-(\d{4})N_(\d+)_(\d+)(?:_13)?")


def decode(name: str) -> tuple[int, int]:
    """The column and the row (from the north) of the zoom 13 map tile that a scene covers."""
    match = _NAME.fullmatch(name)
    if not match:
        raise DataError(f"{name}: not a SpaceNet 7 scene name; expected one like L15-0358E-1220N_1433_3310_13")
    east, north, x, y = map(int, match.groups())
    if (east, north) != (x // 4, (2 ** ZOOM - 1 - y) // 4):
        raise DataError(f"{name}: tile {x}/{y} lies in {x // 4:04d}E-{(2 ** ZOOM - 1 - y) // 4:04d}N, "
                        "not where the name says; correct the folder's name")
    return x, y


def is_scene_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def upper_left(name: str) -> tuple[float, float]:
    """The scene's upper-left corner, metres of EPSG:3857 (east, north)."""
    x, y = decode(name)
    return x * TILE - WORLD / 2, WORLD / 2 - y * TILE


def paper_row(name: str) -> int | None:
    """1..45 in the paper's table; None for a scene that the paper does not use."""
    short = name.removeprefix("L15-").removesuffix("_13")
    return PAPER.index(short) + 1 if short in PAPER else None


def fixed_split(name: str) -> str | None:
    """train, validation or test in the paper's split over scenes; None where the paper leaves the scene out."""
    row = paper_row(name)
    if row is None or row in UNUSED_ROWS:
        return None
    return "validation" if row in VALIDATION_ROWS else "test" if row in TEST_ROWS else "train"
