/// A strict reader of the HTML that reports are made of: every element is closed, in order, and every quote too.
struct HTMLCheck {
  private(set) var problems: [String] = []
  private(set) var elements: [String: Int] = [:]
  /// Text between the tags, as it stands.
  private(set) var text = ""

  private static let void: Set<String> = ["meta", "input", "br", "img", "link"]
  private static let raw: Set<String> = ["style", "script"]

  init(_ document: String) {
    var open: [String] = []
    var rest = Substring(document)
    while let start = rest.firstIndex(of: "<") {
      text += rest[..<start]
      guard let end = Self.endOfTag(rest[start...]) else {
        problems.append("a tag that does not end: \(rest[start...].prefix(60))")
        return
      }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!") { continue }
      let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
      if tag.hasPrefix("/") {
        let last = open.popLast()
        if last != name { problems.append("</\(name)> closes <\(last ?? "nothing")>") }
        continue
      }
      elements[name, default: 0] += 1
      if Self.void.contains(name) || tag.hasSuffix("/") { continue }
      if Self.raw.contains(name) {
        guard let close = rest.firstRange(of: "</\(name)>") else {
          problems.append("<\(name)> does not end")
          return
        }
        rest = rest[close.upperBound...]
        continue
      }
      open.append(name)
    }
    text += rest
    if !open.isEmpty { problems.append("left open: \(open)") }
  }

  /// The `>` that ends a tag: not one within quotes. A `<` inside a tag is an error.
  private static func endOfTag(_ tag: Substring) -> Substring.Index? {
    var quote: Character?
    for index in tag.indices.dropFirst() {
      let character = tag[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == ">" {
        return index
      } else if character == "<" {
        return nil
      }
    }
    return nil
  }
}
