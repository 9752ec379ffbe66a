internal import GDALAdapter
internal import Storage

/// manifest.safe: what files a product has, their sizes and digests (XFDU `dataObjectSection`).
struct Manifest {
  struct Item: Equatable {
    /// Path inside the product.
    let member: String
    let size: Int
    /// `checksum/@checksumName`: `MD5` until 2021, `SHA3-256` since.
    let algorithmName: String
    /// Lower-case hexadecimal; manifests of baseline 05.11 write capitals.
    let digest: String
  }

  private var items: [String: Item] = [:]
  private(set) var isStub = false
  var all: [Item] { items.values.sorted { $0.member < $1.member } }

  private static let mostItems = 10_000
  /// No real metadata file or image is as small as this.
  private static let stubSize = 1000

  /// By path, never by dataObject ID: baseline 02.14 gives masks the IDs of previews.
  subscript(_ member: String) -> Item? { items[member.lowercased()] }

  /// - Throws: `IntakeProblem`.
  init(_ document: Document) throws(IntakeProblem) {
    guard document.root.name == "XFDU" else {
      throw document.problem("root element", found: document.root.name, expected: "XFDU")
    }
    guard let section = document.root.child("dataObjectSection") else {
      throw document.problem("dataObjectSection", found: "no such field", expected: "the list of files")
    }
    let objects = section.all("dataObject")
    guard !objects.isEmpty, objects.count <= Self.mostItems else {
      throw document.problem(
        "dataObjectSection", found: "\(objects.count) files", expected: "1 to \(Self.mostItems) files")
    }
    for object in objects {
      guard let stream = object.child("byteStream") else { continue }
      try add(stream, document)
    }
    isStub = Self.looksLikeStub(all)
  }

  private mutating func add(_ stream: XMLElement, _ document: Document) throws(IntakeProblem) {
    guard var member = stream.child("fileLocation")?.attributes["href"] else {
      throw document.problem("fileLocation/@href", found: "no such field", expected: "a path")
    }
    while member.hasPrefix("./") { member.removeFirst(2) }
    guard MemberPath.isInside(member) else {
      throw document.problem(
        "fileLocation/@href", found: "\"\(member)\", outside the product", expected: "a path inside the product")
    }
    let size = try document.integer(
      stream.attributes["size"] ?? "", field: "byteStream/@size of \(member)", in: 0...(1 << 40))
    guard let checksum = stream.child("checksum"), let algorithm = checksum.attributes["checksumName"] else {
      throw document.problem("checksum of \(member)", found: "no such field", expected: "a digest and its name")
    }
    let item = Item(member: member, size: size, algorithmName: algorithm, digest: checksum.text.lowercased())
    if let other = items.updateValue(item, forKey: member.lowercased()), other != item {
      throw document.problem(
        "fileLocation/@href", found: "\(member) twice with different digests", expected: "every file once")
    }
  }

  /// Planetary Computer repacks products and keeps a manifest whose sizes (432 to 744 bytes, images too) and digests
  /// are those of other files. A genuine manifest never has small sizes only: MTD_MSIL2A.xml alone has 50 kB.
  private static func looksLikeStub(_ items: [Item]) -> Bool {
    items.allSatisfy { $0.size < stubSize } && items.contains { $0.member.contains("/IMG_DATA/") }
  }
}
