package import Geometry

/// Where the pixels of a view come from, a piece at a time.
///
/// One thread decodes at a time, and others may look at what is decoded: `StackRows` sees to both.
package protocol ViewSource: AnyObject, Sendable {
  /// Holds what is decoded, and nothing that can be relied on elsewhere.
  var view: ViewRaster { get }
  /// Rows and columns of a piece that is decoded together; pieces begin at multiples of them.
  var piece: RasterSize { get }
  /// Pixels to drop around missing data (`ViewRaster.trimSwathEdge`), when all that is near is decoded.
  var swathEdgeMargin: Int { get }

  /// Decodes all pieces that `area` touches and that are not decoded yet.
  /// - Throws: `GDALError`, `StorageError`.
  func decode(_ area: PixelWindow) throws

  /// Nothing more will be decoded.
  func close()
}

/// A view whose pixels are all there.
package final class LoadedView: ViewSource {
  package let view: ViewRaster
  package var piece: RasterSize { view.size }
  package var swathEdgeMargin: Int { 0 }

  package init(_ view: ViewRaster) { self.view = view }

  package func decode(_ area: PixelWindow) {}
  package func close() {}
}
