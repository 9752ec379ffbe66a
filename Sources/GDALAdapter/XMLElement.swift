internal import CGDAL

/// An element of an XML document, matched by local names: Sentinel-2's namespace changes between baselines
/// (psd-14, psd-15), the local names do not.
package struct XMLElement: Sendable {
  /// Name without its namespace prefix.
  package let name: String
  package private(set) var attributes: [String: String] = [:]
  package private(set) var children: [XMLElement] = []
  /// The text directly inside this element, trimmed.
  package private(set) var text = ""

  package init(name: String) { self.name = name }

  /// The first child with this local name.
  package func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// All children with this local name.
  package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// The first element with this local name anywhere below, in document order.
  package func find(_ name: String) -> XMLElement? {
    for child in children {
      if child.name == name { return child }
      if let found = child.find(name) { return found }
    }
    return nil
  }

  /// Every element with this local name anywhere below, in document order.
  package func findAll(_ name: String) -> [XMLElement] {
    children.flatMap { ($0.name == name ? [$0] : []) + $0.findAll(name) }
  }
}

/// Why a document was not read.
package struct XMLError: Error, Sendable, CustomStringConvertible {
  package let message: String
  package var description: String { message }
}

extension XMLElement {
  /// Deepest nesting accepted; Sentinel-2's metadata stays below 12.
  private static let deepest = 64

  /// Parses a document with GDAL's parser, which knows no external entities and expands none.
  /// - Throws: `XMLError` for malformed text, for a document type declaration (entities have no place in a product)
  ///   and for absurd nesting.
  package static func parse(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
    GDALRuntime.start()
    let text = String(decoding: bytes, as: UTF8.self)
    if declaresDocumentType(bytes) {
      throw XMLError(message: "has a document type declaration, which product metadata never has")
    }
    if text.utf8.contains(0) { throw XMLError(message: "holds a zero byte") }
    var depth = 0
    var deepestSeen = 0
    var previous: UInt8 = 0
    for byte in bytes {  // a cheap bound on nesting before a recursive parser sees the text
      if previous == UInt8(ascii: "<"), byte != UInt8(ascii: "/"), byte != UInt8(ascii: "?"), byte != UInt8(ascii: "!")
      {
        depth += 1
        deepestSeen = max(deepestSeen, depth)
      }
      if (previous == UInt8(ascii: "<") && byte == UInt8(ascii: "/"))
        || (previous == UInt8(ascii: "/") && byte == UInt8(ascii: ">"))
      {
        depth -= 1
      }
      previous = byte
    }
    if deepestSeen > deepest { throw XMLError(message: "is nested more than \(deepest) levels deep") }
    CPLErrorReset()
    guard let tree = CPLParseXMLString(text) else {
      throw XMLError(message: "is not well-formed: \(GDALRuntime.lastMessage)")
    }
    defer { CPLDestroyXMLNode(tree) }
    var node: UnsafeMutablePointer<CPLXMLNode>? = tree
    while let current = node {
      let name = String(cString: current.pointee.pszValue)
      if current.pointee.eType == CXT_Element, !name.hasPrefix("?") { return try convert(current, depth: 1) }
      node = current.pointee.psNext
    }
    throw XMLError(message: "has no root element")
  }

  /// Whether there is a `<!DOCTYPE` or `<!ENTITY`, in capitals or not: GDAL's parser takes either.
  private static func declaresDocumentType(_ bytes: [UInt8]) -> Bool {
    bytes.indices.dropLast().contains { index in
      guard bytes[index] == UInt8(ascii: "<"), bytes[index + 1] == UInt8(ascii: "!") else { return false }
      let start = bytes[index...].prefix(9).map { $0 >= 0x61 && $0 <= 0x7a ? $0 - 0x20 : $0 }
      return start.starts(with: "<!DOCTYPE".utf8) || start.starts(with: "<!ENTITY".utf8)
    }
  }

  private static func convert(_ node: UnsafeMutablePointer<CPLXMLNode>, depth: Int) throws(XMLError) -> XMLElement {
    guard depth <= deepest else { throw XMLError(message: "is nested more than \(deepest) levels deep") }
    var element = XMLElement(name: localName(node))
    var next = node.pointee.psChild
    while let child = next {
      switch child.pointee.eType {
      case CXT_Element: element.children.append(try convert(child, depth: depth + 1))
      case CXT_Attribute: element.attributes[localName(child)] = literal(child.pointee.psChild)
      case CXT_Text: element.text += literal(child)
      default: break
      }
      next = child.pointee.psNext
    }
    if let first = element.text.firstIndex(where: { !$0.isWhitespace }),
      let last = element.text.lastIndex(where: { !$0.isWhitespace })
    {
      element.text = String(element.text[first...last])
    } else {
      element.text = ""
    }
    return element
  }

  private static func localName(_ node: UnsafeMutablePointer<CPLXMLNode>) -> String {
    let name = String(cString: node.pointee.pszValue)
    return name.split(separator: ":").last.map(String.init) ?? name
  }

  private static func literal(_ node: UnsafeMutablePointer<CPLXMLNode>?) -> String {
    node.map { String(cString: $0.pointee.pszValue) } ?? ""
  }
}
