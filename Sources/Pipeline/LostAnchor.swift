internal import GDALAdapter
internal import Grouping
internal import Product
internal import Publishing
internal import Stacking
internal import Storage

/// An anchor that turned out not to be decodable. Another one is chosen, as if the revisit had not been there.
struct LostAnchor: Sendable {
  let revisit: AssessedRevisit
  let cause: GDALError

  private var reason: String { "cannot be decoded: \(cause.message)" }

  /// What the item says of it, one a product.
  var inputs: [ItemInput] {
    revisit.revisit.parts.map {
      ItemInput(
        product: $0.name, role: .view, sensingTime: $0.sensingTime, shiftRows: nil, shiftColumns: nil, reason: reason)
    }
  }

  /// What the run says of it.
  /// - Parameter index: behind those of the views.
  func view(index: Int) -> StackedView {
    var view = StackedView(index: index, name: revisit.revisit.key.description, shift: nil, reason: reason)
    view.isUndecodable = true
    return view
  }
}

extension RunPlan.Group {
  /// Gives up the anchor where that is what could not be decoded, and what it was read from can be read.
  /// - Parameter rules: of the selection. The operator's own anchor is never given up.
  /// - Returns: nil where something else is to blame, or where no other view is usable.
  mutating func loseAnchor(for error: GDALError, rules: SelectionRules) -> LostAnchor? {
    guard let anchor = selection.anchor, error.isAboutReading,
      anchor.revisit.parts.contains(where: { error.path.contains($0.location) }),
      rules.anchorDay.map({ !anchor.revisit.isOf(day: $0) }) ?? true
    else { return nil }
    let file = VirtualFile.container(of: error.path)
    guard Folder.exists(file), (try? FileProbe.check(file)) != nil else { return nil }
    var rules = rules
    rules.anchorDay = nil
    let others = selection.decisions.filter { $0.revisit.key != anchor.revisit.key }
      .map { AssessedRevisit(revisit: $0.revisit, maskedShare: $0.maskedShare) }
    guard let next = try? selectViews(others, rules: rules), !next.views.isEmpty else { return nil }
    selection = next
    return LostAnchor(revisit: anchor, cause: error)
  }
}
