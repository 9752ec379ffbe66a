/// How large pictures may be, so that a page with all of them stays a file that can be sent around.
package struct PictureBudget: Sendable {
  /// Longest side of a picture on the fine grid, pixels; even.
  package let side: Int

  /// Bytes of all pictures as text, at most: a PNG of a photograph takes about 3 bytes a pixel, and 4 as text.
  private static let bytes = 13_000_000.0
  private static let bytesPerPixel = 4.0
  private static let largestSide = 512
  private static let smallestSide = 64

  package init(_ set: EvaluationSet, pictured: Set<String>) {
    // In pictures of the fine grid; a picture of the anchor's grid has a quarter of the pixels.
    let pictures = set.scenes.filter { pictured.contains($0.name) }.reduce(0.0) { sum, scene in
      let fine = scene.images.count + (scene.truth == nil ? 0 : 1)
      let coarse = (scene.views?.count ?? 0) + (scene.anchor == nil ? 0 : 1 + scene.images.count)
      return sum + Double(fine) + Double(coarse) / 4
    }
    let affordable = (Self.bytes / Self.bytesPerPixel / max(pictures, 1)).squareRoot()
    side = min(max(Int(affordable) / 2 * 2, Self.smallestSide), Self.largestSide)
  }
}
