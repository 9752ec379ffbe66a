internal import Geometry
internal import Grouping
internal import Intake
internal import Networks
internal import Pipeline
internal import Product

/// A plan as JSON: groups with their views, and every product with its fate and the reason.
struct PlanRecord: Encodable {
  struct View: Encodable {
    var revisit: String
    var datatakeStart: String
    var products: [String]
    var role: String
    var maskedPercent: Double
    var reason: String
  }
  struct Group: Encodable {
    var id: String
    var tile: String
    var windowStart: String
    var windowEnd: String
    /// Revisit of the anchor; nil where no view is usable.
    var anchor: String?
    /// Revisits used, the anchor first, then clearest first.
    var views: [String]
    /// How the work is cut so that it fits the memory; nil where there is nothing to do or nothing fits.
    var memory: Memory?
    /// Why nothing fits.
    var memoryProblem: String?
    var revisits: [View]
  }
  struct Memory: Encodable {
    var workers: Int
    var tileSide: Int
    /// The most that the run is expected to hold.
    var bytes: Int
    var limit: Int?
  }
  struct Product: Encodable {
    var path: String
    var name: String?
    /// `anchor`, `view`, `surplus`, `unusable`, `superseded`, `not_mixed`, `duplicate`, `mismatch`, `incomplete` or `refused`.
    var status: String
    var reason: String
    var group: String?
  }
  var groups: [Group]
  var products: [Product]

  init(_ plan: RunPlan, options: RunOptions, card: ModelCard) {
    groups = plan.groups.map { planned in
      let views = planned.selection.views.count
      let size = planned.selection.anchor?.revisit.parts.first?.grid.size ?? MemoryPlan.wholeTile
      let memory = Result { () throws(MemoryPlanError) in
        try MemoryPlan(
          options, views: max(views, 1), card: card, buildings: ShippedModel.looksForBuildings(options),
          size: size)
      }
      return Group(
        id: planned.group.identifier, tile: planned.group.tile.name,
        windowStart: UTCTime.seconds(planned.group.windowStart), windowEnd: UTCTime.seconds(planned.group.windowEnd),
        anchor: planned.selection.anchor?.revisit.key.description,
        views: planned.selection.views.map(\.revisit.key.description),
        memory: views == 0 ? nil : (try? memory.get()).map(Memory.init),
        memoryProblem: views == 0 ? nil : memory.problem,
        revisits: planned.selection.decisions.map { decision in
          View(
            revisit: decision.revisit.key.description,
            datatakeStart: UTCTime.seconds(decision.revisit.key.datatakeStart),
            products: decision.revisit.parts.map(\.name), role: decision.role.rawValue,
            maskedPercent: (decision.maskedShare * 10_000).rounded() / 100, reason: decision.reason)
        })
    }
    products = plan.reports.map { Self.fate($0, plan) }
  }

  private static func fate(_ report: IntakeReport, _ plan: RunPlan) -> Product {
    func product(_ status: String, _ reason: String, group: String? = nil) -> Product {
      Product(path: report.location, name: report.name, status: status, reason: reason, group: group)
    }
    switch report.outcome {
    case .incomplete(let problems):
      return product("incomplete", problems.map(\.description).joined(separator: " "))
    case .refused(let problems):
      return product("refused", problems.map(\.description).joined(separator: " "))
    case .accepted(let accepted):
      if let other = plan.excluded.first(where: {
        $0.product.name == accepted.name && $0.product.location == accepted.location
      }) {
        let status =
          switch other.exclusion {
          case .superseded, .corrected: "superseded"
          case .notMixed: "not_mixed"
          case .duplicate: "duplicate"
          case .mismatch: "mismatch"
          }
        return product(status, other.exclusion.reason)
      }
      for planned in plan.groups {
        for decision in planned.selection.decisions
        where decision.revisit.parts.contains(where: { $0.name == accepted.name }) {
          return product(decision.role.rawValue, decision.reason, group: planned.group.identifier)
        }
      }
      return product("superseded", "not used")
    }
  }

  /// The plan for people.
  var text: String {
    var lines: [String] = []
    for group in groups {
      lines.append("\(group.id)  tile \(group.tile), \(group.windowStart.prefix(10)) to \(group.windowEnd.prefix(10))")
      lines.append("  anchor  \(group.anchor ?? "none: no view is usable"), \(group.views.count) views")
      if let memory = group.memory { lines.append("  memory  \(memory.text)") }
      if let problem = group.memoryProblem { lines.append("  memory  \(problem)") }
      for view in group.revisits {
        lines.append("  \(view.role.padded(to: 8))  \(view.revisit)  \(view.reason)")
        for name in view.products where view.products.count > 1 { lines.append("            part \(name)") }
      }
    }
    let others = products.filter {
      ["superseded", "not_mixed", "duplicate", "mismatch", "incomplete", "refused"].contains($0.status)
    }
    if !others.isEmpty { lines.append("out") }
    for product in others {
      lines.append("  \(product.status.padded(to: 10))  \(product.path)\n              \(product.reason)")
    }
    if lines.isEmpty { lines.append("nothing to do") }
    return lines.joined(separator: "\n")
  }
}

extension PlanRecord.Memory {
  init(_ plan: MemoryPlan) {
    self.init(workers: plan.workers, tileSide: plan.tileSide, bytes: plan.bytes, limit: plan.limit)
  }

  var text: String {
    "\(workers) \(workers == 1 ? "tile" : "tiles") of \(tileSide) pixels at the same time, up to \(MemorySize.text(bytes))"
      + (limit.map { " of \(MemorySize.text($0))" } ?? "")
  }
}

extension Result where Failure == MemoryPlanError {
  fileprivate var problem: String? {
    if case .failure(let error) = self { error.description } else { nil }
  }
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
