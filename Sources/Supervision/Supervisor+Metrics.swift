internal import Control
internal import Pipeline
internal import Publishing
internal import Settings
internal import Foundation
internal import Ledger
internal import Product
internal import Storage
internal import Workers

extension Supervisor {
  /// Prometheus' text format; nil where the ledger cannot be read.
  package func metrics() async -> String? {
    var text = MetricsText()
    guard let status = try? await status() else { return nil }
    text.add("supertile_up", "gauge", "Whether the daemon takes work.", [([:], mode == .working ? 1 : 0)])
    text.add(
      "supertile_start_time_seconds", "gauge", "Start of the daemon, Unix time.", [([:], started.timeIntervalSince1970)]
    )
    func states(_ name: String, _ help: String, _ counts: [String: Int], _ all: [String]) {
      text.add(name, "gauge", help, all.map { (["state": $0], Double(counts[$0] ?? 0)) })
    }
    states(
      "supertile_products", "Products known, by state.", status.products, ProductRow.State.allCases.map(\.rawValue))
    states(
      "supertile_groups", "Groups of revisits, by state.", status.groups, GroupRow.State.allCases.map(\.rawValue))
    states("supertile_jobs", "Jobs, by state.", status.jobs, JobRow.State.allCases.map(\.rawValue))
    text.add(
      "supertile_published_items_total", "counter", "Items published since the start.", [([:], Double(publishedCount))])
    text.add(
      "supertile_failed_attempts_total", "counter", "Attempts that failed since the start.",
      [([:], Double(failureCount))])
    text.add(
      "supertile_job_running", "gauge", "Whether a job is being worked on.", [([:], running == nil ? 0 : 1)])
    text.add(
      "supertile_drop_folder_up", "gauge", "Whether the drop folder could be looked into the last time.",
      settings.dropFolders.map { (["name": $0.name], folders.problems[$0.name] == nil ? 1 : 0) })
    await measureFreeBytes()
    let free = freeBytes.sorted { $0.key < $1.key }.map { (["place": $0.key], Double($0.value)) }
    text.add("supertile_free_bytes", "gauge", "Free space.", free)
    return text.text
  }

  /// One at a time: a disk that hangs keeps one who asks waiting, and others get what was measured before.
  private func measureFreeBytes() async {
    guard !isMeasuring else { return }
    isMeasuring = true
    defer { isMeasuring = false }
    let places = ["store": store.layout.root, "scratch": settings.run.scratch ?? store.layout.privateFolder]
    freeBytes = (try? await helpers.run { places.compactMapValues { try? Folder.freeBytes($0) } }) ?? [:]
  }
}

/// Text in Prometheus' format.
package struct MetricsText {
  package private(set) var text = ""

  package init() {}

  /// - Parameter samples: labels and value.
  package mutating func add(_ name: String, _ type: String, _ help: String, _ samples: [([String: String], Double)]) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    for (labels, value) in samples {
      let list = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(
        separator: ",")
      let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
      text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(number)\n"
    }
  }

  private static func escaped(_ text: String) -> String {
    // Scalars: a quotation mark with an accent is one character.
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
