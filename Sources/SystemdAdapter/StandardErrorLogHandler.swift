private import Foundation
private import Glibc
package import Logging
private import Product

/// Lines on standard error, for people: time, level, message.
package struct StandardErrorLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?

  package init(level: Logger.Level = .info) { logLevel = level }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let time = Date().formatted(.iso8601)
    let line = "\(time) \(event.level.rawValue): \(event.message)".split(whereSeparator: \.isNewline)
      .joined(separator: " ").printable()
    Array((line + "\n").utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
