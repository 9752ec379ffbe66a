/// Writes indented XML, element by element.
struct XMLText {
  private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
  private var depth = 0

  var bytes: [UInt8] { Array(text.utf8) }

  /// An element with children. Attributes keep their order.
  mutating func element(
    _ name: String, _ attributes: [(String, String)] = [], _ children: (inout XMLText) -> Void
  ) {
    line("<\(name)\(Self.list(attributes))>")
    depth += 1
    children(&self)
    depth -= 1
    line("</\(name)>")
  }

  /// An element with text only.
  mutating func element(_ name: String, _ attributes: [(String, String)] = [], _ value: String) {
    line("<\(name)\(Self.list(attributes))>\(Self.escaped(value))</\(name)>")
  }

  /// An element without content.
  mutating func element(_ name: String, _ attributes: [(String, String)] = []) {
    line("<\(name)\(Self.list(attributes))/>")
  }

  private mutating func line(_ content: String) {
    text += String(repeating: "  ", count: depth) + content + "\n"
  }

  private static func list(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }

  private static func escaped(_ value: String) -> String {
    var result = ""
    for character in value {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
