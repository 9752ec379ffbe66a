internal import GDALAdapter

/// The frame of a JPEG 2000 file: boxes from the signature to the codestream, which runs from SOC to EOC.
///
/// A copy that stopped early decodes as far as it goes and grey from there on; its missing end marker tells.
/// Format: ISO/IEC 15444-1, annexes A and I.
enum Codestream {
  /// What is read from the start of a file: the codestream begins far before.
  static let headSize = 1 << 20

  /// - Parameters:
  ///   - head: the first `headSize` bytes, or all.
  ///   - tail: the last two bytes.
  ///   - size: of the file, bytes.
  /// - Returns: what is wrong, nil where nothing is.
  static func objection(head: [UInt8], tail: [UInt8], size: Int) -> String? {
    let bytes = ByteView(head)
    guard bytes.big(0, 4) == 12, bytes.big(4, 4) == 0x6a50_2020, bytes.big(8, 4) == 0x0d0a_870a else {
      return "a file without JPEG 2000 signature"
    }
    var position = 12
    while let box = Box(bytes, at: position, fileSize: size) {
      if box.type == 0x6a70_3263 {  // jp2c
        guard bytes.big(box.contentStart, 4) == 0xff4f_ff51 else { return "a codestream without SOC and SIZ markers" }
        guard box.end == size else { return "a codestream that ends at byte \(box.end) of \(size)" }
        return tail == [0xff, 0xd9] ? nil : "a codestream without end marker (EOC)"
      }
      position = box.end
    }
    return "a file without whole codestream box"
  }

  private struct Box {
    let type: Int
    let contentStart: Int
    let end: Int

    init?(_ bytes: ByteView, at position: Int, fileSize: Int) {
      guard let length = bytes.big(position, 4), let type = bytes.big(position + 4, 4) else { return nil }
      self.type = type
      switch length {
      case 0:  // to the end of the file
        contentStart = position + 8
        end = fileSize
      case 1:  // the length follows as a 64-bit number
        guard let long = bytes.big(position + 8, 8), long >= 16, long <= fileSize - position else { return nil }
        contentStart = position + 16
        end = position + long
      default:
        guard length >= 8, length <= fileSize - position else { return nil }
        contentStart = position + 8
        end = position + length
      }
    }
  }
}
