package import Foundation
package import Geometry
package import Product
package import Writing

/// A view that went into an item.
package struct ItemInput: Sendable, Hashable {
  package enum Role: String, Sendable { case anchor, view }

  /// Full product name, without `.SAFE`.
  package var product: String
  package var role: Role
  package var sensingTime: Date
  /// Estimated shift against the anchor, low-resolution pixels, positive = further south, east; 0 for the anchor
  /// itself, nil where it could not be told.
  package var shiftRows: Double?
  package var shiftColumns: Double?
  /// Nil for the anchor, and for a view that was left out.
  package var colours: ViewColours?
  /// Why it was left out; nil for a view that was used.
  package var reason: String?

  package init(
    product: String, role: Role, sensingTime: Date, shiftRows: Double? = 0, shiftColumns: Double? = 0,
    colours: ViewColours? = nil, reason: String? = nil
  ) {
    self.product = product
    self.role = role
    self.sensingTime = sensingTime
    self.shiftRows = shiftRows
    self.shiftColumns = shiftColumns
    self.colours = colours
    self.reason = reason
  }
}

/// How a view's colours were brought to the anchor's: gain x reflectance + offset, a value each band of the image.
package struct ViewColours: Sendable, Hashable {
  package var gain: [Double]
  /// Reflectance.
  package var offset: [Double]
  /// Whether a gain ended at the smallest or the largest there may be.
  package var isAtLimit: Bool

  package init(gain: [Double], offset: [Double], isAtLimit: Bool) {
    self.gain = gain
    self.offset = offset
    self.isAtLimit = isAtLimit
  }

  /// To four decimals, a count of the image.
  var json: JSONValue {
    func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number(($0 * 10_000).rounded() / 10_000) }) }
    return ["gain": numbers(gain), "offset": numbers(offset), "at_limit": .bool(isAtLimit)]
  }
}

/// Which model computed an item.
package struct ModelIdentity: Sendable, Hashable, Codable {
  package var name: String
  package var version: String
  /// Of the weights, hexadecimal.
  package var sha256: String

  package init(name: String, version: String, sha256: String) {
    self.name = name
    self.version = version
    self.sha256 = sha256
  }
}

/// A value of the mask and what it stands for.
package struct MaskClass: Sendable, Hashable {
  package var value: Int
  /// Letters, digits, `-` and `_` only (classification extension).
  package var name: String
  package var description: String

  package init(value: Int, name: String, description: String) {
    self.value = value
    self.name = name
    self.description = description
  }
}

/// A band of the super-resolved image.
package struct ItemBand: Sendable, Hashable {
  /// `B04`.
  package var name: String
  /// Common name of the eo extension, `red`.
  package var commonName: String

  package init(name: String, commonName: String) {
    self.name = name
    self.commonName = commonName
  }

  package static let redGreenBlue = [
    ItemBand(name: "B04", commonName: "red"), ItemBand(name: "B03", commonName: "green"),
    ItemBand(name: "B02", commonName: "blue"),
  ]

  /// Centre wavelength, micrometres (Sentinel-2 User Handbook, mean of the units); nil for an unknown band.
  var centerWavelength: Double? { ["B02": 0.49, "B03": 0.56, "B04": 0.665, "B08": 0.842][name] }
}

/// What an item says about itself beyond its identity and its files. Known when the work is done.
package struct ItemDescription: Sendable {
  /// Sensing times of the first and the last view used.
  package var windowStart: Date
  package var windowEnd: Date
  /// The super-resolved grid.
  package var grid: GridGeometry
  /// Of what any view saw, convex and open, in the coordinates of the grid; nil for all of it.
  package var outline: [PlanarPoint]?
  package var bands: [ItemBand]
  /// Ground sampling distance of the inputs, metres: super-resolution is not passed off as sensing.
  package var sensedResolution: Double
  /// The anchor first.
  package var inputs: [ItemInput]
  /// Views that would have been used, but cannot be.
  package var leftOut: [ItemInput]
  package var certificate: Certificate
  package var model: ModelIdentity
  package var parameters: [String: JSONValue]
  /// Share of the tile that no view saw clear because of clouds, per cent.
  package var cloudCoverPercent: Double
  package var softwareVersion: String
  package var maskClasses: [MaskClass]
  /// What was done about buildings; nil says nothing.
  package var buildings: JSONValue?
  /// When the group was published first, where the store may not know any more; nil says nothing.
  package var groupBegan: Date?
  /// Of what it was made of in the end; nil for the identity's.
  package var fingerprint: String?

  package init(
    windowStart: Date, windowEnd: Date, grid: GridGeometry, outline: [PlanarPoint]? = nil,
    bands: [ItemBand] = ItemBand.redGreenBlue,
    sensedResolution: Double = 10, inputs: [ItemInput], leftOut: [ItemInput] = [], certificate: Certificate,
    model: ModelIdentity,
    parameters: [String: JSONValue], cloudCoverPercent: Double, softwareVersion: String, maskClasses: [MaskClass],
    buildings: JSONValue? = nil
  ) {
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.grid = grid
    self.outline = outline
    self.bands = bands
    self.sensedResolution = sensedResolution
    self.inputs = inputs
    self.leftOut = leftOut
    self.certificate = certificate
    self.model = model
    self.parameters = parameters
    self.cloudCoverPercent = cloudCoverPercent
    self.softwareVersion = softwareVersion
    self.maskClasses = maskClasses
    self.buildings = buildings
  }
}
