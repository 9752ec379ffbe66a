package import Geometry

/// Names of buildings: `31TCJ-034512-487654`, the place and the centroid's easting and northing in units of 10 m.
///
/// A building that the previous revision has keeps the name it has there: one whose outline shares half of the union
/// with it, or a small one that overlaps it and whose centre is a pixel and a half away at most, since of 3 x 3 pixels that are seen a pixel
/// farther a half is shared at best. A name that is taken gets a number, `31TCJ-034512-487654-2`, in the order of the file.
package struct BuildingIdentifiers {
  private let place: String
  /// Names that are given, or belong to buildings of the previous revision.
  private var taken: Set<UInt64>

  static let unit = 10.0
  /// Northing of the equator in southern zones, m.
  private static let southernOrigin = 10_000_000.0
  /// Of two outlines of one building: at more than a half at most one pair is the same building. What is half to the last
  /// digits of the file counts, too, or digits would decide.
  static let smallestIoU = 0.5 - 1e-5
  /// Up to here two outlines are one building also where they share less, m2.
  static let largestSmall = 1000.0
  /// But not less than this: 2 x 2 pixels seen a pixel farther and a pixel down share a seventh of the union. What shares
  /// nothing is another building, even if it stands in the court of the first.
  static let leastIoU = 0.14

  /// - Parameters:
  ///   - place: MGRS tile, or coordinate system.
  ///   - reserved: packed names of the previous revision.
  package init(place: String, reserved: some Sequence<UInt64> = []) {
    self.place = place
    taken = Set(reserved)
  }

  /// A new name for a centroid.
  package mutating func make(_ centroid: PlanarPoint) -> String {
    let easting = UInt64(max(0, (centroid.x / Self.unit).rounded(.down)))
    // South of the equator a northern zone's northings are negative: they are counted as a southern zone's.
    let north = centroid.y < 0 ? centroid.y + Self.southernOrigin : centroid.y
    let northing = UInt64(max(0, (north / Self.unit).rounded(.down)))
    var number: UInt64 = 1
    while !taken.insert(Self.pack(easting, northing, number)).inserted { number += 1 }
    return name(easting, northing, number)
  }

  package func name(packed: UInt64) -> String { name(packed >> 42, packed >> 20 & 0x3F_FFFF, packed & 0xF_FFFF) }

  private func name(_ easting: UInt64, _ northing: UInt64, _ number: UInt64) -> String {
    func padded(_ value: UInt64) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
    return "\(place)-\(padded(easting))-\(padded(northing))" + (number > 1 ? "-\(number)" : "")
  }

  private static func pack(_ easting: UInt64, _ northing: UInt64, _ number: UInt64) -> UInt64 {
    easting << 42 | northing << 20 | number
  }

  /// What a name begins with; nil where it is none.
  package static func place(of name: String) -> String? {
    guard let place = name.split(separator: "-").first.map(String.init), parse(name, place: place) != nil else {
      return nil
    }
    return place
  }

  /// The numbers in a name; nil where it is not one of `place`.
  package static func parse(_ name: String, place: String) -> UInt64? {
    guard name.hasPrefix(place + "-") else { return nil }
    let parts = name.dropFirst(place.count + 1).split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt64($0) }
    guard (2...3).contains(parts.count), numbers.count == parts.count, numbers[0] < 1 << 22, numbers[1] < 1 << 22,
      numbers.count == 2 || (2..<(1 << 20)).contains(numbers[2])
    else { return nil }
    return pack(numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 1)
  }
}
