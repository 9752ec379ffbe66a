/// A failed GDAL call: which one, on what file, and GDAL's own words.
package struct GDALError: Error, CustomStringConvertible, Sendable {
  package let call: String
  package let path: String
  package let message: String

  package init(call: String, path: String, message: String) {
    self.call = call
    self.path = path
    self.message = message
  }

  /// A failed call that writes a file.
  init(writing call: String, path: String, message: String = GDALRuntime.lastMessage) {
    self.init(call: call, path: path, message: message + FreeSpace.remark(FreeSpace.bytes(forFile: path)))
  }

  package var description: String { "\(path): \(call) failed: \(message)" }
}
