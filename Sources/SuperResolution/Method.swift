internal import Geometry
package import Networks
internal import Raster
internal import Stacking

/// What turns a stack of views into a finer image.
package enum Method: Sendable {
  /// Bicubic upsampling of the reference frame (the anchor where it is clear): the baseline.
  case bicubic
  case network(Model)

  /// Low-resolution pixels around a window that its result depends on.
  package func halo(views: Int) -> Int {
    switch self {
    case .bicubic: 2
    case .network(let model): model.card.halo(views: views)
    }
  }

  /// Super-resolves one window of the stack.
  /// - Parameters:
  ///   - window: what is looked at, halo included.
  ///   - kept: the part of it that is wanted, within `window`.
  func apply(_ stack: ViewStack, _ window: PixelWindow, keeping kept: PixelWindow) -> FloatImage {
    switch self {
    case .bicubic: Bicubic.upsample(stack.reference.reflectance(window)).cropped(to: kept.scaled(by: 2))
    case .network(let model):
      model.superResolve(
        views: stack.views.indices.map { stack.reflectance(ofView: $0, window) },
        reference: stack.reference.reflectance(window), keeping: kept)
    }
  }
}
