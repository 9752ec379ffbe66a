import Geometry
import SuperResolution
import Synchronization

/// Puts finished windows together: the first band's counts.
final class Collector: Sendable {
  private let size: RasterSize
  private let state: Mutex<[UInt16]>
  init(_ size: RasterSize) {
    self.size = size
    state = Mutex([UInt16](repeating: 0, count: size.pixelCount))
  }

  var counts: [UInt16] { state.withLock { $0 } }

  func add(_ finished: FinishedWindow) {
    let window = finished.window
    state.withLock { pixels in
      for row in 0..<window.rows {
        for column in 0..<window.columns {
          pixels[(window.row + row) * size.columns + window.column + column] =
            finished.counts[0][row * window.columns + column]
        }
      }
    }
  }
}
