internal import Geometry

/// The pictures of a page: each is written once, as the background of a style class, and shown wherever the class is.
struct PictureSheet {
  private(set) var rules: [String] = []

  /// - Returns: the class that shows the picture.
  mutating func add(_ picture: Picture) -> String {
    let name = "p\(rules.count)"
    rules.append(".\(name){background-image:url(\(picture.address))}")
    return name
  }

  /// A picture with a caption.
  /// - Parameters:
  ///   - size: its proportions.
  ///   - mark: a square to draw a frame around, in pixels of `size`.
  static func tile(_ name: String, size: RasterSize, caption: String, mark: PixelWindow? = nil) -> String {
    let frame = mark.map {
      "<i class=\"mark\" style=\"left:\(share($0.column, size.columns));top:\(share($0.row, size.rows));"
        + "width:\(share($0.columns, size.columns));height:\(share($0.rows, size.rows))\"></i>"
    }
    return figure(name, "aspect-ratio:\(size.columns)/\(size.rows)", caption, frame ?? "")
  }

  /// Part of a picture, enlarged.
  static func crop(_ name: String, size: RasterSize, window: PixelWindow, caption: String) -> String {
    func position(_ offset: Int, _ extent: Int, _ whole: Int) -> String { share(offset, max(whole - extent, 1)) }
    let style =
      "aspect-ratio:\(window.columns)/\(window.rows);"
      + "background-size:\(share(size.columns, window.columns)) \(share(size.rows, window.rows));"
      + "background-position:\(position(window.column, window.columns, size.columns)) "
      + position(window.row, window.rows, size.rows)
    return figure("\(name) sharp", style, caption, "")
  }

  private static func figure(_ name: String, _ style: String, _ caption: String, _ content: String) -> String {
    "<figure><div class=\"pic \(name)\" style=\"\(style)\" role=\"img\" aria-label=\"\(html(caption))\">\(content)</div>"
      + "<figcaption>\(html(caption))</figcaption></figure>"
  }

  private static func share(_ part: Int, _ whole: Int) -> String {
    decimal(100 * Double(part) / Double(whole), 3).trimmingZeros + "%"
  }
}
