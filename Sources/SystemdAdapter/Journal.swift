private import CSystemd
private import Foundation
private import Glibc
package import Logging
private import Product

/// The journal as a log handler: each metadata entry becomes a field, so that `journalctl PRODUCT=...` finds it.
package struct JournalLogHandler: LogHandler {
  package var logLevel = Logger.Level.debug
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let identifier: String

  /// - Parameter identifier: SYSLOG_IDENTIFIER.
  package init(identifier: String) { self.identifier = identifier }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.map { (Self.fieldName($0), "\($1)") }
    fields += [
      ("MESSAGE", "\(event.message)".printableLines), ("PRIORITY", "\(event.level.syslogPriority)"),
      ("SYSLOG_IDENTIFIER", identifier), ("CODE_FILE", event.file), ("CODE_LINE", "\(event.line)"),
      ("CODE_FUNC", event.function),
    ]
    Self.send(fields)
  }

  /// Whether standard error is the journal: then the journal is what is looked at.
  package static var isConnected: Bool {
    guard let stream = getenv("JOURNAL_STREAM") else { return false }
    var status = stat()
    guard fstat(STDERR_FILENO, &status) == 0 else { return false }
    return String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
  }

  /// Upper case, digits and underscores; what else there is becomes an underscore.
  static func fieldName(_ key: String) -> String {
    String(key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private static func send(_ fields: [(String, String)]) {
    let lines = fields.map { Array("\($0.0)=\($0.1)".utf8) }
    let size = lines.reduce(0) { $0 + $1.count }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(size, 1), alignment: 1)
    defer { memory.deallocate() }
    var offset = 0
    let vectors = lines.map { line in
      let start = memory + offset
      line.withUnsafeBytes { start.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: line.count) }
      offset += line.count
      return iovec(iov_base: start, iov_len: line.count)
    }
    // An entry that the journal does not take is lost: there is nobody left to tell.
    _ = sd_journal_sendv(vectors, Int32(vectors.count))
  }
}

extension Logger.Level {
  /// As in syslog(3).
  package var syslogPriority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}

extension String {
  /// The journal keeps lines apart, and shows no text that holds other control characters.
  fileprivate var printableLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable() }.joined(separator: "\n")
  }
}
