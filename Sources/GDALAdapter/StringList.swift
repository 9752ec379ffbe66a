internal import CGDAL

/// GDAL's null-terminated arrays of C strings.
enum StringList {
  static func with<Result>(
    _ strings: [String]?, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result
  )
    -> Result
  {
    guard let strings else { return body(nil) }
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    for string in strings { list = CSLAddString(list, string) }
    defer { CSLDestroy(list) }
    return body(list)
  }
}

extension StringList {
  /// The form GDALOpenEx wants: an array of constant strings.
  static func with<Result>(_ strings: [String]?, _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
    with(strings) { (list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) in
      guard let list else { return body(nil) }
      return list.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: Int(CSLCount(list)) + 1) { body($0) }
    }
  }
}
