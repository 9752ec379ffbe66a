internal import GDALAdapter
internal import Geometry
private import Synchronization

/// PNG files in memory.
enum PNG {
  /// Numbers the files in GDAL's memory: names must differ between threads.
  private static let counter = Atomic<Int>(0)

  /// - Parameters:
  ///   - planes: red, green and blue, row by row.
  ///   - isOpaque: nil where every pixel is.
  /// - Returns: the bytes of the file.
  /// - Throws: `GDALError`.
  static func encode(_ planes: [[UInt8]], size: RasterSize, isOpaque: [Bool]?) throws(GDALError) -> [UInt8] {
    let bands = isOpaque == nil ? 3 : 4
    let picture = try RasterFile.create("", driver: "MEM", size: size, bands: bands, type: .uint8)
    for (band, plane) in planes.enumerated() {
      try picture.write(plane, band: band, window: size.window)
      try picture.setColor([.red, .green, .blue][band], band: band)
    }
    if let isOpaque {
      try picture.write(isOpaque.map { $0 ? UInt8(255) : 0 }, band: 3, window: size.window)
      try picture.setColor(.alpha, band: 3)
    }
    let path = "/vsimem/supertile-\(counter.add(1, ordering: .relaxed).newValue).png"
    defer { VirtualFile.remove(path) }
    try picture.copy(to: path, driver: "PNG", options: ["ZLEVEL=9"])
    return try VirtualFile.read(path, limit: 1 << 26)
  }
}
