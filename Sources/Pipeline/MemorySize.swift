/// Sizes of memory as people write them.
package enum MemorySize {
  private static let units = ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40]

  /// `4 GiB`, `512MiB`, `1.5 GiB`, or bytes; nil where it is none of these or not above zero.
  package static func parse(_ text: String) -> Int? {
    let unit = units.first { text.hasSuffix($0.key) }
    let number = text.dropLast(unit?.key.count ?? 0).trimmingPrefix { $0 == " " }
    let digits = String(number.reversed().drop { $0 == " " }.reversed())
    guard let value = Double(digits), value > 0, value * Double(unit?.value ?? 1) < 1e18 else { return nil }
    let bytes = Int(value * Double(unit?.value ?? 1))
    return bytes > 0 ? bytes : nil
  }

  /// In MiB up to a GiB, in GiB with one decimal beyond.
  package static func text(_ bytes: Int) -> String {
    if bytes < 1 << 30 { return "\((bytes + (1 << 20) - 1) >> 20) MiB" }
    let tenths = (Double(bytes) / Double(1 << 30) * 10).rounded()
    return "\(Int(tenths) / 10).\(Int(tenths) % 10) GiB"
  }
}
