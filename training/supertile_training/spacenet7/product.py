"""Sentinel-2 L2A products: a .SAFE folder, or a zip of one."""

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from rasterio.crs import CRS

from .errors import DataError

BANDS = {"B04": 3, "B03": 2, "B02": 1}  # red, green, blue, and their band_id in the metadata
METADATA = "mtd_msil2a.xml"
SUFFIXES = (".jp2", ".tif")
_URI = re.compile(r"(S2[A-Z])_MSIL2A_(\d{8}T\d{6})_N(\d{4})_R(\d{3})_T(\d{2}[A-Z]{3})_(\d{8}T\d{6})(?:\.SAFE)?")


class Source:
    """The files of a product, named from its root folder, wherever that lies."""

    def __init__(self, path: Path):
        self.path = Path(path)
        if self.path.is_dir():
            self.zip, self.top = None, ""
            names = [p.name for p in self.path.iterdir()]
        else:
            try:
                self.zip = zipfile.ZipFile(self.path)
            except (zipfile.BadZipFile, OSError) as error:
                raise DataError(f"{self.path}: not a readable zip ({error}); download it again") from error
            self.members = set(self.zip.namelist())
            names = sorted((m for m in self.members if m.count("/") <= 1), key=lambda m: (m.count("/"), m))
        found = [n for n in names if PurePosixPath(n).name.lower() == METADATA]
        if not found:
            raise DataError(f"{self.path}: no MTD_MSIL2A.xml in it; only Sentinel-2 L2A products in SAFE format can be used, "
                            "move other products elsewhere")
        if self.zip:
            self.top = found[0][:len(found[0]) - len(PurePosixPath(found[0]).name)]
        self.metadata = PurePosixPath(found[0]).name

    def has(self, name: str) -> bool:
        return self.top + name in self.members if self.zip else (self.path / name).is_file()

    def read(self, name: str) -> bytes:
        if not self.has(name):
            raise DataError(f"{self.path}: {name} is missing; download the product again")
        try:
            return self.zip.read(self.top + name) if self.zip else (self.path / name).read_bytes()
        except (zipfile.BadZipFile, OSError) as error:
            raise DataError(f"{self.path}: {name} cannot be read ({error}); download the product again") from error

    def xml(self, name: str) -> ElementTree.Element:
        try:
            return ElementTree.fromstring(self.read(name))
        except ElementTree.ParseError as error:
            raise DataError(f"{self.path}: {name} is no whole XML file ({error}); download the product again") from error

    def raster(self, name: str) -> str:
        """The name under which GDAL opens a file of the product."""
        return f"/vsizip/{{{self.path.absolute()}}}/{self.top}{name}" if self.zip else str(self.path / name)


@dataclass
class Product:
    """What is needed of one product.

    reflectance = (count + offsets[band]) / quantification; count 0 is no
    data. images: raster names of B04, B03, B02 (10 m) and SCL (20 m).
    corner: upper-left corner in metres of `crs`. size: (rows, columns) at 20 m.
    """

    path: Path
    uri: str
    mission: str
    sensed: datetime
    baseline: int
    orbit: int
    tile: str
    made: str
    datastrip: str
    quantification: float
    offsets: dict[str, float]
    images: dict[str, str]
    crs: CRS
    corner: tuple[float, float]
    size: tuple[int, int]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top of the tile in metres of its own coordinate system."""
        left, top = self.corner
        return left, top - 20 * self.size[0], left + 20 * self.size[1], top


def elements(root, name: str) -> list:
    """All elements of that local name: the namespace changes between baselines."""
    return [e for e in root.iter() if e.tag.rpartition("}")[2] == name]


def text_of(root, name: str, source: Source, file: str) -> str:
    found = elements(root, name)
    if not found or not (found[0].text or "").strip():
        raise DataError(f"{source.path}: {file} states no {name}; "
                        "products older than baseline 02.07 and other formats cannot be used, get the reprocessed product")
    return found[0].text.strip()


def offsets_of(root) -> dict[str, float]:
    """The offset of each band; 0 where the metadata have no list (baselines before 04.00)."""
    listed = {int(e.get("band_id")): float(e.text) for e in elements(root, "BOA_ADD_OFFSET")}
    return {band: listed.get(number, 0.0) for band, number in BANDS.items()}


def image_names(root, source: Source) -> dict[str, str]:
    """The image files of the bands and the scene classification, with their suffix."""
    stems = [(e.text or "").strip() for e in elements(root, "IMAGE_FILE")]
    wanted = {b: f"_{b}_10m" for b in BANDS} | {"SCL": "_SCL_20m"}
    found, missing = {}, []
    for band, ending in wanted.items():
        stem = next((s for s in stems if s.endswith(ending)), None)
        name = next((stem + s for s in SUFFIXES if source.has(stem + s)), None) if stem else None
        if name:
            found[band] = name
        else:
            missing.append(stem + SUFFIXES[0] if stem else f"*{ending}")
    if missing:
        raise DataError(f"{source.path}: not there: {', '.join(missing)}; download the product again, whole")
    if len({PurePosixPath(n).parts[1] for n in found.values()}) > 1:
        raise DataError(f"{source.path}: more than one granule; only products of one tile (since December 2016) can be used")
    return found


def geometry(source: Source, granule: str) -> tuple[CRS, tuple[float, float], tuple[int, int]]:
    """(crs, upper-left corner, (rows, columns) at 20 m) from MTD_TL.xml; the images' own georeference is not asked."""
    file = f"GRANULE/{granule}/MTD_TL.xml"
    root = source.xml(file)

    def at_20m(name, *keys):
        block = next((e for e in elements(root, name) if e.get("resolution") == "20"), None)
        if block is None:
            raise DataError(f"{source.path}: {file} states no {name} at 20 m; download the product again")
        return tuple(float(text_of(block, k, source, file)) for k in keys)

    rows, columns = at_20m("Size", "NROWS", "NCOLS")
    crs = CRS.from_string(text_of(root, "HORIZONTAL_CS_CODE", source, file))
    return crs, at_20m("Geoposition", "ULX", "ULY"), (int(rows), int(columns))


def open_product(path: Path) -> Product:
    """Reads the metadata and checks that the needed images are there."""
    source = Source(path)
    file = source.metadata
    root = source.xml(file)
    if elements(root, "PRODUCT_URI_2A"):
        raise DataError(f"{path}: a pilot product (baseline before 02.07); get the reprocessed product of that date")
    uri = text_of(root, "PRODUCT_URI", source, file)
    match = _URI.fullmatch(uri)
    if not match:
        raise DataError(f"{path}: {file} calls itself {uri}, which is no Sentinel-2 L2A product")
    mission, sensed, baseline, orbit, tile, discriminator = match.groups()
    made = elements(root, "GENERATION_TIME")
    strip = next((e.get("datastripIdentifier", "") for e in elements(root, "Granule")), "")
    images = image_names(root, source)
    crs, corner, size = geometry(source, PurePosixPath(images["SCL"]).parts[1])
    start = re.search(r"_S(\d{8}T\d{6})", strip)
    return Product(Path(path), uri, mission, datetime.strptime(sensed, "%Y%m%dT%H%M%S"), int(baseline), int(orbit), tile,
                   (made[0].text or "").strip() if made else discriminator, start[1] if start else "",
                   float(text_of(root, "BOA_QUANTIFICATION_VALUE", source, file)), offsets_of(root),
                   {band: source.raster(name) for band, name in images.items()}, crs, corner, size)
