import Foundation

func readBytes(_ path: String) -> [UInt8]? {
  FileManager.default.contents(atPath: path).map { [UInt8]($0) }
}

/// A safetensors file from a header (JSON text) and raw data.
func safetensors(_ header: String, data: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + data
}
