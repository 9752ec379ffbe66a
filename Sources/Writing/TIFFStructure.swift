private import Foundation
private import GDALAdapter

/// Where the directories and the data of a TIFF or BigTIFF lie (little-endian, as GDAL writes it here).
///
/// Source: TIFF 6.0 section 2, the BigTIFF proposal, and GDAL's COG driver page for the ghost area and the order.
struct TIFFStructure {
  /// One image of the file: the raster itself or an overview.
  struct Directory {
    var offset: UInt64
    /// NewSubfileType (254): 0 for the image, 1 for an overview, 4 for a mask.
    var subfileType: UInt64 = 0
    var columns: UInt64 = 0
    var rows: UInt64 = 0
    /// 0 where the image is not tiled.
    var tileColumns: UInt64 = 0
    var tileRows: UInt64 = 0
    /// Offset of the first and end of the directory's own tables, which follow it.
    var tablesEnd: UInt64 = 0
    var tileOffsets: [UInt64] = []
  }

  let directories: [Directory]
  /// GDAL's text between header and first directory; empty where there is none.
  let ghost: String

  /// Reads header and directories, no pixels.
  /// - Throws: `WritingError` where the file is no little-endian TIFF or its directories are damaged.
  init(path: String) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else { throw WritingError(path, "cannot be opened") }
    defer { try? handle.close() }
    let reader = TIFFReader(handle: handle, path: path)
    let header = try reader.bytes(at: 0, count: 16)
    guard header[0] == 0x49, header[1] == 0x49, header[2] == 42 || header[2] == 43, header[3] == 0 else {
      throw WritingError(path, "is not a little-endian TIFF")
    }
    let isBig = header[2] == 43
    var next = isBig ? reader.integer(header, 8, 8) : reader.integer(header, 4, 4)
    let headerSize = isBig ? 16 : 8
    let text = try reader.bytes(at: UInt64(headerSize), count: 512)
    let isMarked = text.starts(with: Array("GDAL_STRUCTURAL_METADATA_SIZE=".utf8))
    ghost = isMarked ? String(decoding: text, as: UTF8.self) : ""
    var found: [Directory] = []
    while next != 0 {
      guard found.count < 64 else { throw WritingError(path, "has too many TIFF directories") }
      var directory = Directory(offset: next)
      next = try reader.directory(&directory, isBig: isBig)
      found.append(directory)
    }
    directories = found
  }

  /// What keeps the file from being cloud optimised; nil where nothing does.
  /// - Parameter block: the tile side asked for, pixels.
  func flaw(block: UInt64) -> String? {
    guard let image = directories.first else { return "it has no image" }
    guard ghost.contains("LAYOUT=IFDS_BEFORE_DATA"), !ghost.contains("KNOWN_INCOMPATIBLE_EDITION=YES\n") else {
      return "it lacks GDAL's structural metadata, or was edited after writing"
    }
    let overviews = directories.dropFirst().filter { $0.subfileType & 1 == 1 }
    for directory in directories where directory.tileColumns != block || directory.tileRows != block {
      return "an image of \(directory.columns) x \(directory.rows) pixels is not tiled \(block) x \(block)"
    }
    let smallest = overviews.last ?? image
    if max(smallest.columns, smallest.rows) > block { return "overviews down to below \(block) pixels are missing" }
    for (larger, smaller) in zip(directories, directories.dropFirst()) {
      if smaller.columns > larger.columns || smaller.rows > larger.rows { return "overviews are out of order" }
      if smaller.offset < larger.offset { return "directories are out of order" }
    }
    let tablesEnd = directories.map(\.tablesEnd).max() ?? 0
    let starts = directories.map { $0.tileOffsets.filter { $0 > 0 }.min() ?? .max }
    guard starts.allSatisfy({ $0 >= tablesEnd }) else { return "data comes before a directory" }
    for (larger, smaller) in zip(starts, starts.dropFirst()) where smaller > larger && smaller != .max {
      return "the data of an overview comes after the data of a larger image"
    }
    return nil
  }

  func flaw(block: Int) -> String? { flaw(block: UInt64(block)) }
}

/// Reads TIFF directories from a file.
private struct TIFFReader {
  let handle: FileHandle
  let path: String

  func bytes(at offset: UInt64, count: Int) throws -> [UInt8] {
    do {
      try handle.seek(toOffset: offset)
      let data = try handle.read(upToCount: count) ?? Data()
      guard data.count > 0 else {
        throw WritingError(
          path, "ends before byte \(offset)" + FreeSpace.remark(FreeSpace.bytes(forFile: path)))
      }
      return [UInt8](data) + [UInt8](repeating: 0, count: count - data.count)
    } catch let error as WritingError { throw error } catch { throw WritingError(path, "\(error)") }
  }

  func integer(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
    (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) }
  }

  /// Fills in one directory.
  /// - Returns: offset of the next one, 0 after the last.
  func directory(_ directory: inout TIFFStructure.Directory, isBig: Bool) throws -> UInt64 {
    let countSize = isBig ? 8 : 2
    let entrySize = isBig ? 20 : 12
    let pointerSize = isBig ? 8 : 4
    let count = integer(try bytes(at: directory.offset, count: countSize), 0, countSize)
    guard count < 256 else { throw WritingError(path, "has a damaged TIFF directory") }
    let body = try bytes(at: directory.offset + UInt64(countSize), count: Int(count) * entrySize + pointerSize)
    directory.tablesEnd = directory.offset + UInt64(countSize + body.count)
    for index in 0..<Int(count) {
      let entry = index * entrySize
      let tag = integer(body, entry, 2)
      let type = integer(body, entry + 2, 2)
      let length = integer(body, entry + 4, pointerSize)
      let size = Self.sizes[type] ?? 1
      guard length < 1 << 28 else { throw WritingError(path, "has a damaged TIFF directory") }
      let total = Int(length) * size
      let inline = entry + 4 + pointerSize
      var values = Array(body[inline..<(inline + pointerSize)])
      if total > pointerSize {
        let position = integer(body, inline, pointerSize)
        directory.tablesEnd = max(directory.tablesEnd, position + UInt64(total))
        values = tag == 324 ? try bytes(at: position, count: total) : []
      }
      func value() -> UInt64 { values.count >= size ? integer(values, 0, size) : 0 }
      switch tag {
      case 254: directory.subfileType = value()
      case 256: directory.columns = value()
      case 257: directory.rows = value()
      case 322: directory.tileColumns = value()
      case 323: directory.tileRows = value()
      case 324: directory.tileOffsets = (0..<Int(length)).map { integer(values, $0 * size, size) }
      default: break
      }
    }
    return integer(body, Int(count) * entrySize, pointerSize)
  }

  /// Bytes of each TIFF field type.
  static let sizes: [UInt64: Int] = [
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
  ]
}
