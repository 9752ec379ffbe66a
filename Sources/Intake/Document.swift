internal import Foundation
internal import GDALAdapter
internal import Product

/// A metadata file with strict access to its fields: whatever is missing or odd is a problem that names file and
/// field.
struct Document {
  /// `MTD_MSIL2A.xml`, `MTD_TL.xml` or `manifest.safe`.
  let file: String
  let root: XMLElement

  /// - Throws: `IntakeProblem` for malformed text.
  init(file: String, bytes: [UInt8]) throws(IntakeProblem) {
    self.file = file
    do throws(XMLError) { root = try XMLElement.parse(bytes) } catch {
      throw IntakeProblem(
        subject: file, found: bytes.isEmpty ? "an empty file" : "a document that \(error.message)",
        expected: "well-formed XML", advice: Advice.downloadAgain)
    }
  }

  func problem(_ field: String, found: String, expected: String, advice: String = Advice.notGenuine) -> IntakeProblem {
    IntakeProblem(subject: "\(file), \(field)", found: found, expected: expected, advice: advice)
  }

  /// The element at `path`, local names separated by `/`.
  func element(_ path: String) -> XMLElement? {
    path.split(separator: "/").reduce(Optional(root)) { $0?.child(String($1)) }
  }

  /// Text of the element at `path`.
  func text(_ path: String) throws(IntakeProblem) -> String {
    guard let element = element(path) else { throw problem(name(path), found: "no such field", expected: "a value") }
    guard !element.text.isEmpty else { throw problem(name(path), found: "nothing", expected: "a value") }
    return element.text
  }

  func number(_ path: String, in range: ClosedRange<Double>) throws(IntakeProblem) -> Double {
    try number(try text(path), field: name(path), in: range)
  }

  /// - Parameter field: what the number is called in a problem.
  func number(_ text: String, field: String, in range: ClosedRange<Double>) throws(IntakeProblem) -> Double {
    guard Self.isDecimal(text, allowingExponent: true), let value = Double(text), value.isFinite, range.contains(value)
    else {
      throw problem(field, found: "\"\(text)\"", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number without exponent.
  func plainNumber(_ path: String, in range: ClosedRange<Int>) throws(IntakeProblem) -> Double {
    let text = try text(path)
    guard Self.isDecimal(text, allowingExponent: false), let value = Double(text),
      value >= Double(range.lowerBound), value <= Double(range.upperBound)
    else {
      throw problem(
        name(path), found: "\"\(text)\"",
        expected: "a plain decimal number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// `-1000`, `0.5`, `25.0E0`. `Double` takes more: hexadecimal digits, infinities.
  private static func isDecimal(_ text: String, allowingExponent: Bool) -> Bool {
    var rest = Array(text.utf8)[...]
    func skip(_ characters: String) -> Bool {
      guard let first = rest.first, characters.utf8.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    func skipDigits() -> Int {
      let start = rest.startIndex
      while skip("0123456789") {}
      return rest.startIndex - start
    }
    _ = skip("+-")
    var digits = skipDigits()
    if skip(".") { digits += skipDigits() }
    guard digits > 0 else { return false }
    if allowingExponent, skip("eE") {
      _ = skip("+-")
      guard skipDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  func integer(_ text: String, field: String, in range: ClosedRange<Int>) throws(IntakeProblem) -> Int {
    guard let value = Int(text), range.contains(value) else {
      throw problem(
        field, found: "\"\(text)\"", expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func time(_ path: String) throws(IntakeProblem) -> Date {
    let text = try text(path)
    guard let time = UTCTime.parse(text) else {
      throw problem(name(path), found: "\"\(text)\"", expected: "a UTC time such as 2024-06-12T10:50:31.024Z")
    }
    return time
  }

  private func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
