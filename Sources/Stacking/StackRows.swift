package import GDALAdapter
internal import Geometry
internal import Workers

/// A view that turned out not to be decodable when its rows were wanted.
package struct UndecodableView: Error, CustomStringConvertible, Sendable {
  /// Its number among the stack's views.
  package let index: Int
  package let name: String
  package let cause: GDALError

  package var description: String { "\(name) cannot be decoded: \(cause)" }
}

/// The rows of a stack, made ready as they are wanted: views are decoded a strip of block rows at a time, swath edges
/// trimmed, the reference frame made. Whoever waits for rows does a part of that work, and who has a moment can do some
/// ahead; so decoding goes on beside the network, and in memory are the strips that are looked at, never the tile.
///
/// `@unchecked Sendable`: every variable is touched only while `condition` is locked; what is written of views and frame
/// is written by who has claimed it, and read when it is ready.
package final class StackRows: @unchecked Sendable {
  private let sources: [any ViewSource]
  private let reference: ReferenceFrame
  private let rows: Int
  private let stripRows: Int
  /// Pixels below a row that its trimming looks at.
  private let margin: Int
  private let onPiece: @Sendable () -> Void
  private let condition = Condition()

  /// Of each strip, for each view.
  private var isClaimed: [[Bool]]
  private var decodedViews: [Int]
  /// Views that somebody decodes.
  private var busy: Set<Int> = []
  /// Strips of which all is done that can be without the next one.
  private var settledStrips = 0
  private var isSettling = false
  private var failure: (any Error)?

  /// - Parameters:
  ///   - sources: of the stack's views, in their order.
  ///   - reference: of the same views.
  ///   - leastStrip: rows that are made ready together, if pieces are no larger.
  ///   - onPiece: called after each piece of work: somebody may want to know that it goes on.
  package init(
    _ sources: [any ViewSource], reference: ReferenceFrame, leastStrip: Int = 1024,
    onPiece: @escaping @Sendable () -> Void = {}
  ) {
    self.onPiece = onPiece
    self.sources = sources
    self.reference = reference
    rows = reference.size.rows
    // What is decoded as a whole is all there from the first strip on.
    let pieces = sources.map(\.piece.rows).filter { [rows] in $0 < rows }
    stripRows = min(rows, max(leastStrip, pieces.max() ?? 0))
    margin = sources.map(\.swathEdgeMargin).max() ?? 0
    let strips = (rows + stripRows - 1) / stripRows
    isClaimed = [[Bool]](repeating: [Bool](repeating: false, count: sources.count), count: strips)
    decodedViews = [Int](repeating: 0, count: strips)
  }

  /// Rows of views that are trimmed when `strips` are decoded.
  private func trimmed(_ strips: Int) -> Int { strips == isClaimed.count ? rows : max(0, strips * stripRows - margin) }

  /// Rows of the frame that are filled when `strips` are decoded.
  private func filled(_ strips: Int) -> Int {
    strips == isClaimed.count ? rows : max(0, trimmed(strips) - reference.reach)
  }

  /// Rows that are ready when `strips` are decoded.
  private func ready(_ strips: Int) -> Int {
    strips == isClaimed.count ? rows : max(0, filled(strips) - ReferenceFrame.continuation)
  }

  /// Strips that must be decoded so that rows up to `end` are ready.
  private func strips(for end: Int) -> Int {
    (0...isClaimed.count).first { ready($0) >= min(end, rows) } ?? isClaimed.count
  }

  private enum Piece {
    case decode(strip: Int, view: Int)
    case settle(strip: Int)
  }

  /// Waits until the rows before `end` are ready, and works on them meanwhile.
  /// - Throws: `UndecodableView`, `GDALError` for the anchor, `StorageError`; the same for whoever comes later.
  package func require(_ end: Int) throws {
    while let piece = try claim(end, waiting: true) { try perform(piece) }
  }

  /// Does one piece of what rows before `end` still need, if there is one that nobody is at.
  /// - Throws: as `require`.
  package func workAhead(to end: Int) throws {
    if let piece = try claim(end, waiting: false) { try perform(piece) }
  }

  /// The next piece; nil where all is ready or, if it is not to be waited for, where others do what can be done.
  private func claim(_ end: Int, waiting: Bool) throws -> Piece? {
    try condition.locked {
      let wanted = strips(for: end)
      while true {
        if let failure { throw failure }
        if settledStrips >= wanted { return nil }
        if !isSettling, decodedViews[settledStrips] == sources.count {
          isSettling = true
          return .settle(strip: settledStrips)
        }
        for strip in settledStrips..<wanted {
          for view in sources.indices where !isClaimed[strip][view] && !busy.contains(view) {
            isClaimed[strip][view] = true
            busy.insert(view)
            return .decode(strip: strip, view: view)
          }
        }
        guard waiting else { return nil }
        condition.wait()
      }
    }
  }

  private func perform(_ piece: Piece) throws {
    do {
      switch piece {
      case .decode(let strip, let view):
        let top = strip * stripRows
        do {
          try sources[view].decode(
            PixelWindow(
              row: top, column: 0, rows: min(stripRows, rows - top), columns: reference.size.columns))
        } catch let error as GDALError where view > 0 && error.isAboutReading {
          throw UndecodableView(index: view, name: sources[view].view.name, cause: error)
        }
      case .settle(let strip): settle(strip)
      }
    } catch {
      condition.locked {
        if failure == nil { failure = error }
        condition.broadcast()
      }
      throw error
    }
    condition.locked {
      switch piece {
      case .decode(let strip, let view):
        busy.remove(view)
        decodedViews[strip] += 1
      case .settle:
        isSettling = false
        settledStrips += 1
        if settledStrips == isClaimed.count { sources.forEach { $0.close() } }
      }
      condition.broadcast()
    }
    onPiece()
  }

  private func settle(_ strip: Int) {
    // A few rows at a time, so that what is looked at takes little memory.
    for top in stride(from: trimmed(strip), to: trimmed(strip + 1), by: Self.rowsAtOnce) {
      let rows = top..<min(top + Self.rowsAtOnce, trimmed(strip + 1))
      let area = PixelWindow(row: top, column: 0, rows: rows.count, columns: reference.size.columns)
      for source in sources {
        source.view.trimSwathEdge(margin: source.swathEdgeMargin, in: area)
        source.view.release()
      }
    }
    for top in stride(from: filled(strip), to: filled(strip + 1), by: Self.rowsAtOnce) {
      reference.fill(top..<min(top + Self.rowsAtOnce, filled(strip + 1)))
      for source in sources { source.view.release() }
      reference.release()
    }
    reference.continueIntoUnseen(ready(strip)..<ready(strip + 1))
  }

  private static let rowsAtOnce = 128
}

extension GDALError {
  /// The source cannot be opened or decoded, as opposed to a copy that cannot be written.
  package var isAboutReading: Bool { call == "open" || call.hasPrefix("read") }
}
