internal import Foundation
internal import Geometry
internal import Intake
internal import Product

/// What `supertile inspect` says about one product, in the form of its JSON.
struct InspectionRecord: Encodable {
  struct Identity: Encodable {
    var name: String
    var mission: String
    var tile: String
    var baseline: String
    /// DATATAKE_SENSING_START, UTC.
    var datatakeStart: String
    /// SENSING_TIME of the tile, UTC; nil where the product was not accepted.
    var sensingTime: String?
    var generationTime: String?
    var relativeOrbit: Int
    /// Station and start.
    var datastrip: String?
  }

  /// Shares of the tile, per cent.
  struct Cover: Encodable {
    /// Pixels of the scene classification in `maskClasses`.
    var masked: Double
    var maskClasses: [UInt8]
    /// Cloud (classes 8, 9, 10) and no data (class 0) in the scene classification. Cloud counts against the pixels
    /// with data, as the metadata do.
    var cloud: Double
    var noData: Double
    /// As the metadata state them.
    var statedCloud: Double?
    var statedNoData: Double?
  }

  struct Band: Encodable {
    var name: String
    /// Counts.
    var addOffset: Double
    /// Counts per unit reflectance.
    var quantification: Double
  }

  struct Grid: Encodable {
    var epsg: Int
    var upperLeftX: Double
    var upperLeftY: Double
    var rows: Int
    var columns: Int
  }

  struct Problem: Encodable {
    var subject: String
    var found: String
    var expected: String
    var advice: String
    var message: String
  }

  /// `complete`, `incomplete` or `refused`.
  var status: String
  var path: String
  var identity: Identity?
  var cover: Cover?
  var bands: [Band]?
  var grid: Grid?
  var files: [CheckedFile]
  var notes: [String]
  var problems: [Problem]

  init(_ report: IntakeReport, maskClasses: Set<UInt8>) {
    path = report.location
    notes = report.notes
    files = report.files
    identity = report.name.flatMap { ProductName($0) }.map { Identity($0) }
    switch report.outcome {
    case .accepted(let product):
      status = "complete"
      problems = []
      identity = Identity(product)
      cover = Cover(product, maskClasses: maskClasses)
      bands = product.bands.map {
        Band(name: $0.name, addOffset: $0.addOffset, quantification: $0.quantification)
      }
      let grid = product.grid
      self.grid = Grid(
        epsg: grid.epsg, upperLeftX: grid.upperLeftX, upperLeftY: grid.upperLeftY, rows: grid.size.rows,
        columns: grid.size.columns)
    case .incomplete(let found):
      status = "incomplete"
      problems = found.map { Problem($0) }
    case .refused(let found):
      status = "refused"
      problems = found.map { Problem($0) }
    }
  }
}

extension InspectionRecord.Identity {
  init(_ name: ProductName) {
    self.init(
      name: name.stem, mission: name.mission, tile: name.tile.name, baseline: name.baseline.description,
      datatakeStart: UTCTime.seconds(name.datatakeStart), relativeOrbit: name.relativeOrbit)
  }

  init(_ product: Product) {
    self.init(
      name: product.name, mission: product.mission, tile: product.tile.name, baseline: product.baseline.description,
      datatakeStart: UTCTime.milliseconds(product.datatakeStart),
      sensingTime: UTCTime.milliseconds(product.sensingTime),
      generationTime: UTCTime.seconds(product.generationTime), relativeOrbit: product.relativeOrbit,
      datastrip: product.datastrip)
  }
}

extension InspectionRecord.Cover {
  init(_ product: Product, maskClasses: Set<UInt8>) {
    let noData = product.percent(ofClasses: [0])
    let cloud = product.percent(ofClasses: [8, 9, 10])
    self.init(
      masked: Self.rounded(product.percent(ofClasses: maskClasses)), maskClasses: maskClasses.sorted(),
      cloud: Self.rounded(noData < 100 ? 100 * cloud / (100 - noData) : 0), noData: Self.rounded(noData),
      statedCloud: product.statedCloudPercent, statedNoData: product.statedNoDataPercent)
  }

  /// Per cent with three decimals.
  private static func rounded(_ percent: Double) -> Double { (percent * 1000).rounded() / 1000 }
}

extension InspectionRecord.Problem {
  init(_ problem: IntakeProblem) {
    self.init(
      subject: problem.subject, found: problem.found, expected: problem.expected, advice: problem.advice,
      message: problem.description)
  }
}
