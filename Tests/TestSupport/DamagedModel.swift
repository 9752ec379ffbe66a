private import Foundation
private import Storage

/// Writes a shipped model whose last weights are numbers, as loading demands, and too large for their sums to be.
/// - Parameters:
///   - bytes: of the weights, from the end.
///   - alternate: every other one is negative.
/// - Returns: path of the card.
package func writeDamagedModel(_ name: String, into folder: String, bytes: Int, alternate: Bool = false) throws
  -> String
{
  let shipped = packageFolder() + "/models/" + name
  var weights = [UInt8](try Data(contentsOf: URL(fileURLWithPath: shipped + ".safetensors")))
  let digest = Digester.hexadecimal(.sha256, of: weights)
  for start in stride(from: weights.count - bytes, to: weights.count, by: 4) {
    let isNegative = alternate && start / 4 % 2 == 1
    weights.replaceSubrange(start..<(start + 4), with: [0x99, 0x76, 0x96, isNegative ? 0xfe : 0x7e])  // 1e38
  }
  let damaged = folder + "/" + name
  try Data(weights).write(to: URL(fileURLWithPath: damaged + ".safetensors"))
  let card = try String(contentsOfFile: shipped + ".json", encoding: .utf8)
  try card.replacingOccurrences(of: digest, with: Digester.hexadecimal(.sha256, of: weights))
    .write(toFile: damaged + ".json", atomically: true, encoding: .utf8)
  return damaged + ".json"
}
