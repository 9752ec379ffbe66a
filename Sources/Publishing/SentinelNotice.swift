package import Foundation
internal import Product

/// What has to be said wherever something made of Sentinel-2 data is passed on (Legal notice on the use of Copernicus
/// Sentinel Data and Service Information, paragraph "Sentinel data": "Contains modified Copernicus Sentinel data [Year]").
package enum SentinelNotice {
  /// - Parameter times: when what it is made of was sensed.
  package static func text(_ times: some Sequence<Date>) -> String {
    let years = Set(times.map { UTCTime.day($0).prefix(4) }).sorted()
    let span = years.first.map { $0 == years.last ? " \($0)" : " \($0) to \(years[years.count - 1])" } ?? ""
    return "Contains modified Copernicus Sentinel data\(span)"
  }
}
