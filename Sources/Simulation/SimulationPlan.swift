package import Foundation
package import Geometry
package import Product

/// What to simulate: a scene, how the satellites see it on each date, and how the products are delivered.
package struct SimulationPlan: Sendable {
  /// The fine truth.
  package enum Scene: Sendable, Equatable {
    /// Drawn from the seed; size of a product's 10 m grid.
    case drawn(RasterSize)
    /// A raster of reflectance x 10000, bands red, green, blue[, near infrared], taken as 5 m pixels.
    case file(String)
  }

  /// A revisit that is delivered again, processed anew.
  package struct Reprocessing: Sendable, Equatable {
    /// Counted from 1.
    package var revisit: Int
    /// nil: the next one of ESA's baselines.
    package var baseline: ProcessingBaseline?

    package init(revisit: Int, baseline: ProcessingBaseline? = nil) {
      self.revisit = revisit
      self.baseline = baseline
    }
  }

  package var scene: Scene
  package var revisits: Int
  /// First day, UTC.
  package var start: Date
  /// Days from one revisit to the next.
  package var intervalDays = 5
  package var delivery = DeliveryOptions()
  package var seed: UInt64 = 1

  /// Largest shift of a revisit, low-resolution pixels, each axis.
  package var maxShift = 0.5
  /// Standard deviation of the noise, reflectance.
  package var noise = 0.0015
  /// Gains lie in 1 +- this, per date and band.
  package var gainSpread = 0.03
  /// Offsets lie in +- this, reflectance, per date and band.
  package var offsetSpread = 0.01
  /// Share of the dates with a thin veil, 0 to 1.
  package var haze = 0.35
  /// Mean cloud share of the revisits, 0 to 0.9.
  package var clouds = 0.2
  /// Every second revisit misses the ground beyond a slanting swath edge.
  package var hasSwathEdge = false

  /// The revisit (counted from 1) that sees the truth as it is: no shift, gain, offset or veil, hardly a cloud; nil for
  /// none. As the last one it becomes the anchor, and the published image can be compared with the truth.
  package var referenceRevisit: Int?
  /// Revisits (counted from 1) delivered as two complementary products of two datastrips.
  package var splitRevisits: Set<Int> = []
  package var reprocessings: [Reprocessing] = []

  package init(scene: Scene, revisits: Int, start: Date) {
    self.scene = scene
    self.revisits = revisits
    self.start = start
  }

  /// - Throws: `SimulationError` for the first value out of range.
  package func validate() throws {
    func check(_ holds: Bool, _ option: String, _ found: some Any, _ expected: String) throws {
      if !holds { throw SimulationError(option, found: "\(found)", expected: expected) }
    }
    try check((1...400).contains(revisits), "--revisits", revisits, "1 to 400")
    try check((1...366).contains(intervalDays), "--interval", intervalDays, "1 to 366 days")
    try check((0...4).contains(maxShift), "--max-shift", maxShift, "0 to 4 low-resolution pixels")
    try check((0...0.1).contains(noise), "--noise", noise, "0 to 0.1 (reflectance)")
    try check((0...0.3).contains(gainSpread), "--gain-spread", gainSpread, "0 to 0.3")
    try check((0...0.1).contains(offsetSpread), "--offset-spread", offsetSpread, "0 to 0.1 (reflectance)")
    try check((0...1).contains(haze), "--haze", haze, "0 to 1, a share of the dates")
    try check((0...0.9).contains(clouds), "--clouds", clouds, "0 to 0.9, the mean cloud share")
    if case .drawn(let size) = scene { try Self.check(size) }
    for number in splitRevisits.sorted() {
      try check((1...revisits).contains(number), "--split-datastrip", number, "a revisit, 1 to \(revisits)")
    }
    if let number = referenceRevisit {
      try check((1...revisits).contains(number), "--reference", number, "a revisit, 1 to \(revisits)")
    }
    for again in reprocessings {
      try check((1...revisits).contains(again.revisit), "--reprocess", again.revisit, "a revisit, 1 to \(revisits)")
      if let baseline = again.baseline { try DeliveryOptions.check(baseline, option: "--reprocess") }
    }
    try delivery.validate()
  }

  /// 20 m pixels must be whole, and five resolutions need some pixels to halve.
  static func check(_ size: RasterSize) throws {
    guard size.rows % 2 == 0, size.columns % 2 == 0, (32...10980).contains(size.rows),
      (32...10980).contains(size.columns)
    else {
      throw SimulationError(
        "--size", found: "\(size.rows)x\(size.columns)", expected: "even numbers of rows and columns, 32 to 10980")
    }
  }
}
