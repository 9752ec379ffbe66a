package import Foundation
internal import Product
internal import Writing

/// Where buildings come from: said on every one of them.
package struct Provenance: Sendable {
  package var tile: String?
  package var item: String?
  package var datetime: Date?
  package var start: Date?
  package var end: Date?
  package var model: String?
  /// What has to be said where they are passed on: a member of the collection.
  package var attribution: String?

  package init(
    tile: String? = nil, item: String? = nil, datetime: Date? = nil, start: Date? = nil, end: Date? = nil,
    model: String? = nil, attribution: String? = nil
  ) {
    self.tile = tile
    self.item = item
    self.datetime = datetime
    self.start = start
    self.end = end
    self.model = model
    self.attribution = attribution
  }

  /// Members of a collection of them.
  var members: [String: JSONValue] { attribution.map { ["attribution": .string($0)] } ?? [:] }

  /// Members of `properties`, null where nothing is known.
  var json: String {
    func time(_ date: Date?) -> JSONValue { date.map { .string(UTCTime.milliseconds($0)) } ?? .null }
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return [
      ("datetime", time(datetime)), ("start_datetime", time(start)), ("end_datetime", time(end)), ("tile", text(tile)),
      ("item", text(item)), ("model", text(model)),
    ].map { "\"\($0.0)\":\(GeoJSONWriter.json($0.1))" }.joined(separator: ",")
  }
}
