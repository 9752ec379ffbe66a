/// Sizes of memory as people write them.
package enum MemorySize {
  private static let units = ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50]

  /// Below this it is a mistake: a number whose unit was forgotten.
  package static let least = 1 << 20
  /// Above this it is a mistake, too: no machine has a PiB.
  package static let most = 1 << 50

  /// `4 GiB`, `512MiB`, `1.5 GiB`, or bytes; nil where it is none of these, less than a MiB or more than a PiB.
  package static func parse(_ text: String) -> Int? {
    let unit = units.first { text.hasSuffix($0.key) }
    let number = text.dropLast(unit?.key.count ?? 0).trimmingPrefix { $0 == " " }
    let digits = String(number.reversed().drop { $0 == " " }.reversed())
    guard let value = Double(digits), value > 0, value * Double(unit?.value ?? 1) <= Double(most) else { return nil }
    let bytes = Int(value * Double(unit?.value ?? 1))
    return bytes >= least ? bytes : nil
  }

  /// In MiB up to a GiB, in GiB with one decimal beyond.
  /// - Parameter roundedUp: for what is needed; what there is, is rounded down.
  package static func text(_ bytes: Int, roundedUp: Bool = true) -> String {
    func inUnits(_ shift: Int, of bytes: Int) -> Int { (bytes + (roundedUp ? (1 << shift) - 1 : 0)) >> shift }
    if bytes < 1 << 30 { return "\(inUnits(20, of: bytes)) MiB" }
    let tenths = inUnits(30, of: 10 * bytes)
    return "\(tenths / 10).\(tenths % 10) GiB"
  }
}
