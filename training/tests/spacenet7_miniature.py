"""SpaceNet 7 and Sentinel-2 in small: their folders, names and metadata, painted with a field that is known everywhere.

The products are JPEG 2000 as the real ones, but their tiles measure
1 x 1 km, and the scenes 128 pixels.
"""

import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform

from supertile_training.spacenet7.names import upper_left

PIXEL = 4.77731426716
MERCATOR = CRS.from_epsg(3857)
EAST = "L15-1025E-1366N_4102_2726_13"  # 18 km east of the border of UTM zones 30 and 31, at 51 degrees north
SOUTH = "L15-1200E-0847N_4802_4803_13"  # zone 36 south, at 29 degrees
ZONE = {EAST: 32631, SOUTH: 32736}
IMAGES = {"B02": ("R10m", 10), "B03": ("R10m", 10), "B04": ("R10m", 10), "SCL": ("R20m", 20)}
BAND_ID = {"B02": 1, "B03": 2, "B04": 3}
BASE = {"B04": 0.16, "B03": 0.14, "B02": 0.12}


def paint(east, north, band: str):
    """The ground's reflectance at EPSG:3857 coordinates: waves of 260 and 310 m."""
    phase = BAND_ID[band]
    return BASE[band] + 0.05 * np.sin(2 * np.pi * east / 260 + phase) * np.cos(2 * np.pi * north / 310)


def centre(name: str) -> tuple[float, float]:
    """The middle of a miniature scene in EPSG:3857."""
    left, top = upper_left(name)
    return left + 64 * PIXEL, top - 64 * PIXEL


def pixel_centres(corner, pixel, size):
    rows, columns = np.mgrid[0:size[0], 0:size[1]] + 0.5
    return corner[0] + pixel * columns, corner[1] - pixel * rows


def write_mosaic(root: Path, name: str, month: str, size=(128, 128), hole=0, dim=0.0):
    """A masked monthly mosaic: twice the ground's reflectance less `dim`, in 255ths.

    Its first `hole` rows and columns are masked.
    """
    folder = root / name / "images_masked"
    folder.mkdir(parents=True, exist_ok=True)
    corner = upper_left(name)
    east, north = pixel_centres(corner, PIXEL, size)
    values = [np.round(255 * (2 * paint(east, north, b) - dim)) for b in BASE] + [np.full(size, 255)]
    values = np.stack(values).astype(np.uint8)
    values[:, :hole, :hole] = 0
    path = folder / f"global_monthly_{month}_mosaic_{name}.tif"
    with rasterio.open(path, "w", driver="GTiff", height=size[0], width=size[1], count=4,
                       dtype="uint8", crs=MERCATOR, transform=from_origin(*corner, PIXEL, PIXEL),
                       photometric="RGB", alpha="YES") as image:
        image.write(values)


@dataclass
class Recipe:
    """A product to write.

    offsets: of B02, B03, B04, or None for metadata without the list.
    cloud and haze: the western shares of the scene with class 9 and, east of
    it, class 8. side: what of the scene holds data, of west, east, north,
    south, all. wrong: added to the painted reflectance.
    """

    uri: str
    place: str
    epsg: int
    offsets: tuple[int, int, int] | None = None
    cloud: float = 0.0
    haze: float = 0.0
    side: str = "all"
    datastrip: str = ""
    zipped: bool = False
    wrong: float = 0.0
    size: int = 50  # 20 m pixels a side
    corner: tuple[float, float] = field(init=False)

    def __post_init__(self):
        (x,), (y,) = transform(MERCATOR, CRS.from_epsg(self.epsg), *([v] for v in centre(self.place)))
        half = 10 * self.size
        self.corner = (x - half) // 20 * 20, (y + half) // 20 * 20

    @property
    def baseline(self) -> str:
        return f"{self.uri[28:30]}.{self.uri[30:32]}"

    @property
    def sensed(self) -> str:
        return self.uri[11:26]

    @property
    def tile(self) -> str:
        return self.uri[38:44]

    @property
    def granule(self) -> str:
        return f"L2A_{self.tile}_A023333_{self.datastrip or self.sensed}"

    def image(self, band: str) -> str:
        folder, metres = IMAGES[band]
        return f"GRANULE/{self.granule}/IMG_DATA/{folder}/{self.tile}_{self.sensed}_{band}_{metres}m"


def metadata(r: Recipe) -> str:
    """MTD_MSIL2A.xml, with the elements that a reader needs at the places where the real one has them."""
    space = "https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd"
    files = "".join(f"<IMAGE_FILE>{r.image(b)}</IMAGE_FILE>" for b in IMAGES)
    listed = {i: -1000 for i in range(13)} | dict(zip((1, 2, 3), r.offsets or ()))
    offsets = "".join(f'<BOA_ADD_OFFSET band_id="{i}">{v}</BOA_ADD_OFFSET>' for i, v in listed.items())
    offsets = f"<BOA_ADD_OFFSET_VALUES_LIST>{offsets}</BOA_ADD_OFFSET_VALUES_LIST>" if r.offsets else ""
    made = r.uri[45:60]
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-2A_User_Product xmlns:n1="{space}"><n1:General_Info><Product_Info>
<PRODUCT_URI>{r.uri}.SAFE</PRODUCT_URI><PRODUCT_TYPE>S2MSI2A</PRODUCT_TYPE>
<PROCESSING_BASELINE>{r.baseline}</PROCESSING_BASELINE>
<GENERATION_TIME>{made[:4]}-{made[4:6]}-{made[6:11]}:{made[11:13]}:{made[13:]}.000000Z</GENERATION_TIME>
<Product_Organisation><Granule_List><Granule imageFormat="JPEG2000"
datastripIdentifier="{r.uri[:3]}_OPER_MSI_L2A_DS_VGS2_{made}_S{r.datastrip or r.sensed}_N{r.baseline}">
{files}</Granule></Granule_List></Product_Organisation>
</Product_Info><Product_Image_Characteristics>
<QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>
{offsets}</Product_Image_Characteristics></n1:General_Info></n1:Level-2A_User_Product>
"""


def tile_metadata(r: Recipe) -> str:
    blocks = "".join(f'<Size resolution="{m}"><NROWS>{20 * r.size // m}</NROWS><NCOLS>{20 * r.size // m}</NCOLS></Size>'
                     f'<Geoposition resolution="{m}"><ULX>{r.corner[0]:.0f}</ULX><ULY>{r.corner[1]:.0f}</ULY>'
                     f'<XDIM>{m}</XDIM><YDIM>-{m}</YDIM></Geoposition>' for m in (10, 20))
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-2A_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-2A_Tile_Metadata.xsd"><n1:Geometric_Info>
<Tile_Geocoding><HORIZONTAL_CS_CODE>EPSG:{r.epsg}</HORIZONTAL_CS_CODE>{blocks}</Tile_Geocoding>
</n1:Geometric_Info></n1:Level-2A_Tile_ID>
"""


def write_jp2(path: Path, values, epsg: int, corner, pixel: float):
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", driver="JP2OpenJPEG", height=values.shape[0], width=values.shape[1], count=1,
                       dtype=values.dtype, crs=CRS.from_epsg(epsg), transform=from_origin(*corner, pixel, pixel),
                       QUALITY=100, REVERSIBLE="YES") as image:
        image.write(values, 1)
    path.with_name(path.name + ".aux.xml").unlink(missing_ok=True)


def has_data(r: Recipe, east, north):
    """A side's data reach 30 m past the scene's middle, so that two sides overlap."""
    x, y = centre(r.place)
    return {"all": east == east, "west": east < x + 30, "east": east > x - 30,
            "north": north > y - 30, "south": north < y + 30}[r.side]


def write_product(root: Path, r: Recipe) -> Path:
    """The product as a .SAFE folder, or as a zip without entries for folders."""
    safe = root / f"{r.uri}.SAFE"
    (safe / "GRANULE" / r.granule).mkdir(parents=True)
    (safe / "MTD_MSIL2A.xml").write_text(metadata(r))
    (safe / "GRANULE" / r.granule / "MTD_TL.xml").write_text(tile_metadata(r))
    left = upper_left(r.place)[0]
    for band, (_, metres) in IMAGES.items():
        size = (20 * r.size // metres,) * 2
        x, y = pixel_centres(r.corner, metres, size)
        east, north = (np.reshape(v, size) for v in transform(CRS.from_epsg(r.epsg), MERCATOR, x.ravel(), y.ravel()))
        if band == "SCL":
            share = np.maximum((east - left) / (128 * PIXEL), 0)
            values = np.where(share < r.cloud, 9, np.where(share < r.cloud + r.haze, 8, 4)).astype(np.uint8)
        else:
            offset = dict(zip(BAND_ID, r.offsets))[band] if r.offsets else 0
            values = np.round(10_000 * (paint(east, north, band) + r.wrong) - offset).astype(np.uint16)
        values[~has_data(r, east, north)] = 0
        write_jp2(safe / f"{r.image(band)}.jp2", values, r.epsg, r.corner, metres)
    if not r.zipped:
        return safe
    path = root / f"{r.uri}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(safe.rglob("*")):
            if file.is_file():
                archive.write(file, f"{safe.name}/{file.relative_to(safe)}")
    shutil.rmtree(safe)
    return path


OFFSETS = (-1000, -900, -1100)  # unlike the real ones, so that a band that takes another's offset shows
RECIPES = {
    "old": Recipe("S2A_MSIL2A_20191205T110431_N0213_R094_T31UCT_20191205T124912", EAST, 32631),
    "new": Recipe("S2B_MSIL2A_20191210T110439_N0500_R094_T31UCT_20230616T072354", EAST, 32631, OFFSETS),
    "replaced": Recipe("S2B_MSIL2A_20191210T110439_N0213_R094_T31UCT_20191210T124505", EAST, 32631, wrong=0.3),
    "unofficial": Recipe("S2B_MSIL2A_20191210T110439_N9999_R094_T31UCT_20240101T000000", EAST, 32631, wrong=0.3),
    "west": Recipe("S2A_MSIL2A_20191215T110431_N0213_R094_T31UCT_20191215T124912", EAST, 32631, side="west", zipped=True),
    "east": Recipe("S2A_MSIL2A_20191215T110431_N0500_R094_T30UYC_20230601T000000", EAST, 32630, OFFSETS, side="east"),
    "cloudy": Recipe("S2B_MSIL2A_20191220T110439_N0213_R094_T31UCT_20191220T124505", EAST, 32631, cloud=0.7),
    "hazy": Recipe("S2A_MSIL2A_20191225T110431_N0213_R094_T31UCT_20191225T124912", EAST, 32631, cloud=0.2, haze=0.45),
    "half": Recipe("S2A_MSIL2A_20200101T105431_N0213_R051_T31UCT_20200101T124912", EAST, 32631, side="west", cloud=0.3),
    "north": Recipe("S2B_MSIL2A_20200109T110349_N0213_R094_T31UCT_20200109T120000", EAST, 32631, side="north",
                    datastrip="20200109T110350", zipped=True),
    "south": Recipe("S2B_MSIL2A_20200109T110349_N0213_R094_T31UCT_20200109T130000", EAST, 32631, side="south",
                    datastrip="20200109T110420"),
    "late": Recipe("S2A_MSIL2A_20200204T110231_N0213_R094_T31UCT_20200204T124912", EAST, 32631),
    "south africa": Recipe("S2A_MSIL2A_20191208T075311_N0213_R135_T36JTN_20191208T103000", SOUTH, 32736),
    "south africa 2": Recipe("S2B_MSIL2A_20200122T075209_N0500_R135_T36JTN_20230501T103000", SOUTH, 32736, OFFSETS, cloud=0.1),
}


def write_miniature(root: Path) -> Path:
    """root/scenes and root/products; one zip is broken, and one folder holds no metadata."""
    scenes, products = root / "scenes", root / "products"
    for month in ("2019_11", "2019_12"):
        write_mosaic(scenes, EAST, month)
    write_mosaic(scenes, EAST, "2020_01", hole=16, dim=0.02)
    write_mosaic(scenes, SOUTH, "2020_01", size=(127, 128))
    for recipe in RECIPES.values():
        write_product(products / recipe.tile, recipe)
    (products / "S2A_MSIL2A_20191231T110431_N0213_R094_T31UCT_20191231T124912.zip").write_bytes(b"no zip")
    (products / "S2A_MSIL1C_20191231T110431_N0208_R094_T31UCT_20191231T115002.SAFE").mkdir()
    return root
