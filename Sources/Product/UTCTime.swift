package import Foundation

/// The two time notations of Sentinel-2 products, always UTC.
package enum UTCTime {
  private static let whole = Date.ISO8601FormatStyle(timeZone: .gmt)
  private static let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)

  /// - Parameter text: `20240612T105031`, as in names.
  package static func parseCompact(_ text: String) -> Date? {
    let bytes = Array(text.utf8)
    guard bytes.count == 15, bytes[8] == UInt8(ascii: "T") else { return nil }
    let digits = bytes[0..<8] + bytes[9..<15]
    guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    return parse("\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
  }

  /// - Parameter text: `2024-06-12T10:50:31.024Z` or without the fraction, as in the XML.
  /// - Returns: nil for another notation, and for a day or a time of day that does not exist.
  package static func parse(_ text: String) -> Date? {
    guard let date = (try? fractional.parse(text)) ?? (try? whole.parse(text)) else { return nil }
    // 2024-02-30 is read as 2024-03-01, 10:60:00 as 11:00:00.
    return !text.hasSuffix("Z") || text.prefix(19) == seconds(date).prefix(19) ? date : nil
  }

  /// `20240612T105031`.
  package static func compact(_ date: Date) -> String {
    String(seconds(date).filter { $0 != "-" && $0 != ":" && $0 != "Z" })
  }

  /// `2024-06-12T10:50:31Z`.
  package static func seconds(_ date: Date) -> String { whole.format(date) }

  /// `2024-06-12T10:50:31.024Z`, rounded to the nearest millisecond: the format itself cuts, which would turn .024
  /// into .023 wherever a Date cannot hold .024 exactly.
  package static func milliseconds(_ date: Date) -> String {
    let rounded = (date.timeIntervalSince1970 * 1000).rounded() / 1000
    return fractional.format(Date(timeIntervalSince1970: rounded + 0.0001))
  }

  /// `2024:06:12 10:50:31`, as TIFF 6.0 writes times (section 8, DateTime).
  package static func tiff(_ date: Date) -> String {
    String(seconds(date).prefix(19)).replacing("-", with: ":").replacing("T", with: " ")
  }

  /// `2024-06-12`.
  package static func day(_ date: Date) -> String { String(seconds(date).prefix(10)) }
}
