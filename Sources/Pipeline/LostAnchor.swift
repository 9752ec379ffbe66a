private import Foundation
internal import GDALAdapter
internal import Grouping
internal import Product
internal import Publishing
internal import Stacking
internal import Storage

/// An anchor that turned out not to be decodable, to show nothing, or to be the odd one out among the views
/// (`Comparison.outlier`). Another one is chosen, as if the revisit had not been there.
struct LostAnchor: Sendable {
  let revisit: AssessedRevisit
  let cause: GDALError

  private var reason: String { cause.isAboutItself ? cause.message : "cannot be decoded: \(cause.message)" }

  /// What the item says of it, one a product.
  var inputs: [ItemInput] {
    revisit.revisit.parts.map {
      ItemInput(
        product: $0.name, role: .view, sensingTime: $0.sensingTime, shiftRows: nil, shiftColumns: nil,
        reason: revisit.revisit.withoutFolders(reason))
    }
  }

  /// What the run says of it.
  /// - Parameter index: behind those of the views.
  func view(index: Int) -> StackedView {
    var view = StackedView(index: index, name: revisit.revisit.key.description, shift: nil, reason: reason)
    view.isUndecodable = !cause.isAboutItself
    return view
  }
}

extension GDALError {
  private static let lookedAt = "look at"

  /// What is wrong with an anchor that can be decoded.
  /// - Parameter path: of one of its products.
  static func anchorFault(_ fault: String, of path: String) -> GDALError {
    GDALError(call: lookedAt, path: path, message: fault)
  }
  fileprivate var isAboutItself: Bool { call == Self.lookedAt }
}

/// The group has to be worked on anew, without its anchor.
struct AnchorGivenUp: Error {
  var group: RunPlan.Group
  var anchor: LostAnchor
}

/// Anchors that were given up, in that order, remembered beside the finished rows of tiles: a job that was cut off goes on
/// without them.
struct GivenUpAnchors {
  private(set) var causes: [GDALError] = []
  private let path: String

  /// - Parameter folder: of the job's checkpoints; what cannot be read there was not written to its end, and is nothing.
  init(rememberedIn folder: String) {
    path = "\(folder)/anchors.json"
    guard let data = FileManager.default.contents(atPath: path) else { return }
    let records = (try? JSONDecoder().decode([[String]].self, from: data)) ?? []
    causes = records.filter { $0.count == 3 }.map { GDALError(call: $0[0], path: $0[1], message: $0[2]) }
  }

  /// - Throws: `StorageError`.
  mutating func add(_ cause: GDALError) throws {
    causes.append(cause)
    let records = causes.map { [$0.call, $0.path, $0.message] }
    try DurableFile.replace(path, with: [UInt8](try JSONEncoder().encode(records)))
  }
}

extension ViewSelection {
  /// Whether the operator named the anchor.
  func keepsAnchor(_ rules: SelectionRules) -> Bool {
    guard let anchor, let day = rules.anchorDay else { return false }
    return anchor.revisit.isOf(day: day)
  }
}

extension RunPlan.Group {
  /// Gives up the anchor where that is what could not be decoded, and what it was read from can be read; or where what
  /// it shows is of no use.
  /// - Parameter rules: of the selection. The operator's own anchor is never given up.
  /// - Returns: nil where something else is to blame, or where no other view is usable.
  mutating func loseAnchor(for error: GDALError, rules: SelectionRules) -> LostAnchor? {
    guard let anchor = selection.anchor, error.isAboutReading || error.isAboutItself,
      anchor.revisit.parts.contains(where: { error.path.contains($0.location) }),
      !selection.keepsAnchor(rules)
    else { return nil }
    if !error.isAboutItself {
      let file = VirtualFile.container(of: error.path)
      guard Folder.exists(file), (try? FileProbe.check(file)) != nil else { return nil }
    }
    var rules = rules
    rules.anchorDay = nil
    let others = selection.decisions.filter { $0.revisit.key != anchor.revisit.key }
      .map { AssessedRevisit(revisit: $0.revisit, maskedShare: $0.maskedShare) }
    guard let next = try? selectViews(others, rules: rules), !next.views.isEmpty else { return nil }
    selection = next
    return LostAnchor(revisit: anchor, cause: error)
  }

  /// - Returns: what is to be done next where the anchor is to blame for an error.
  func givingUpAnchor(for error: GDALError, _ options: RunOptions) -> AnchorGivenUp? {
    var left = self
    return left.loseAnchor(for: error, rules: options.selection).map { AnchorGivenUp(group: left, anchor: $0) }
  }
}
