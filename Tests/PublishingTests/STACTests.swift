import Foundation
import Geometry
import Product
import Publishing
import Storage
import TestSupport
import Testing
import Writing

@Suite struct STACTests {
  static let python = "/usr/bin/python3"
  static let hasJSONSchema = (try? run(python, ["-c", "import jsonschema"]).status) == 0

  let folder: TemporaryFolder
  let store: Store
  let item: PublishedItem

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(path: folder.path + "/store")
    try publish(
      store, identity(fingerprint: "f0"), template: folder.path + "/template", now: date("2024-06-12T20:00:00Z"))
    item = try #require(
      try publish(store, identity(), template: folder.path + "/template", now: date("2024-06-13T01:02:03.004Z")))
  }

  @Test(
    "Item, collection and catalogue keep the schemas of STAC 1.1 and its extensions",
    .enabled(if: STACTests.hasJSONSchema, "needs Debian's python3-jsonschema"))
  func schemas() throws {
    let script = try #require(Bundle.module.path(forResource: "validate", ofType: "py", inDirectory: "Fixtures/stac"))
    let root = folder.path + "/store"
    let result = try run(
      Self.python, [script, item.documentPath, root + "/sentinel-2-sr/collection.json", root + "/catalog.json"])
    #expect(result.status == 0, "\(result.text)")
    // Six of nine for the item; the others are checked below.
    #expect(result.text.contains(#"{"type": "item", "checked": 6,"#), "\(result.text)")
    // The check itself has teeth: a wrong type in the core, one in an extension.
    for (wrong, right) in [
      (#""gsd" : "ten""#, #""gsd" : 10"#), (#""proj:code" : 32631"#, #""proj:code" : "EPSG:32631""#),
    ] {
      let text = try String(contentsOfFile: item.documentPath, encoding: .utf8)
      #expect(text.contains(right))
      try DurableFile.replace(folder.path + "/wrong.json", with: text.replacing(right, with: wrong).utf8)
      #expect(try run(Self.python, [script, folder.path + "/wrong.json"]).status == 1)
    }
  }

  @Test("The item says what was computed, from what, and how well")
  func properties() throws {
    let document = try json(item.documentPath)
    let properties = try #require(document["properties"])
    #expect(properties["datetime"] == "2024-06-12T10:55:31.024Z")
    #expect(properties["start_datetime"] == "2024-06-07T10:55:31.024Z")
    #expect(properties["end_datetime"] == "2024-06-12T10:55:31.024Z")
    #expect(properties["created"] == "2024-06-13T01:02:03.004Z")
    #expect(properties["platform"] == "sentinel-2b")
    #expect(properties["gsd"] == 10)
    #expect(properties["grid:code"] == "MGRS-31TCJ")
    #expect(properties["proj:code"] == "EPSG:32631")
    #expect(properties["proj:shape"] == [128, 128])
    #expect(properties["proj:transform"] == [5, 0, 300_000, 0, -5, 4_900_020])
    #expect(properties["proj:bbox"] == [300_000, 4_899_380, 300_640, 4_900_020])
    #expect(properties["eo:cloud_cover"] == 1.25)
    #expect(properties["version"] == "r02")
    #expect(properties["processing:level"] == "L3")
    #expect(properties["processing:datetime"] == "2024-06-13T01:02:03.004Z")
    #expect(properties["processing:software"] == ["supertile": "0.1.0"])
    #expect(properties["supertile:parameters"] == ["views": 2, "consistency": "sensor", "mtf": 0.3])
    let certificate = try JSONDecoder().decode(
      Certificate.self, from: JSONEncoder().encode(try #require(properties["supertile:certificate"])))
    #expect(certificate == description().certificate)
    #expect(properties["supertile:views"]?.array?.count == 2)
    let inputs = document["links"]?.array?.filter { $0["rel"] == "derived_from" } ?? []
    #expect(inputs.compactMap { $0["title"]?.string } == description().inputs.map(\.product))
    #expect(inputs.allSatisfy { $0["href"]?.string.flatMap { URL(string: $0) }?.scheme == "https" })
  }

  @Test("Every field of ours is explained, to consumers and in the README")
  func fieldsAreExplained() throws {
    var described = description()
    described.inputs[1].colours = ViewColours(gain: [1, 1, 1], offset: [0, 0, 0], isAtLimit: false)
    described.leftOut = [
      ItemInput(
        product: "a", role: .view, sensingTime: date("2024-06-10T10:55:31.024Z"), shiftRows: nil, shiftColumns: nil)
    ]
    described.buildings = [
      "status": "found", "count": 3, "area_m2": 500, "observed_area_m2": 1000, "left_to_neighbouring_tiles": 0,
      "names_kept": 0, "areas_divided": 0, "areas_left_out": 0,
      "model": ["name": "a", "version": "1", "sha256": "ab", "licence": "CC-BY-SA-4.0"],
    ]
    described.certificate.shiftColumns = 0
    described.certificate.squares = Certificate.Squares(
      count: 4, outside: 1,
      worst: Certificate.Squares.Square(row: 0, column: 64, band: "B04", rmse: 0.003, bias: 0))
    let document = try #require(
      try publish(store, identity(fingerprint: "f2"), template: folder.path + "/template", description: described))
    var paths: Set<String> = []
    func collect(_ value: JSONValue, _ path: String) {
      if let members = value.object {
        for (key, member) in members { collect(member, path.isEmpty ? key : "\(path).\(key)") }
      } else if let members = value.array, let first = members.first {
        for member in first.object == nil ? [first] : members { collect(member, path + "[]") }
      } else {
        paths.insert(path)
      }
    }
    collect(try #require(try json(document.documentPath)["properties"]), "")
    let own = paths.filter { $0.hasPrefix("supertile:") }
    // What an extension or common words explain: names, times, products.
    let plain = ["name", "product", "datetime", "reason"].map { ".\($0)" }
    let unexplained = own.filter { path in !ItemFields.describes(path) && !plain.contains { path.hasSuffix($0) } }
    #expect(own.count > 40 && unexplained.isEmpty, "\(unexplained.sorted())")
    let absent = ItemFields.descriptions.map(\.key).filter { field in
      !own.contains { $0 == field || $0.hasPrefix(field + ".") || $0.hasPrefix(field + "[]") }
    }
    #expect(absent.isEmpty, "explained, and not there: \(absent)")
    let collection = try json(folder.path + "/store/sentinel-2-sr/collection.json")
    let readme = try String(contentsOfFile: packageFolder() + "/README.md", encoding: .utf8)
    for (field, text) in ItemFields.descriptions {
      #expect(collection["supertile:fields"]?[field]?.string == text)
      #expect(readme.contains("| `\(field.dropFirst("supertile:".count))` | \(text) |"), "\(field)")
    }
    #expect(collection["item_assets"]?["sr"]?["title"]?.string == "Super-resolved surface reflectance")
    #expect(collection["description"]?.string?.hasSuffix("Contains modified Copernicus Sentinel data 2024.") == true)
  }

  @Test("Relative links lead to what they name")
  func links() throws {
    let root = folder.path + "/store"
    func targets(_ path: String) throws -> [String: [String]] {
      let base = String(path[..<path.lastIndex(of: "/")!])
      return Dictionary(
        grouping: (try json(path)["links"]?.array ?? []).filter { $0["href"]?.string?.hasPrefix(".") == true }
      ) { $0["rel"]?.string ?? "" }.mapValues {
        $0.map { URL(fileURLWithPath: "\(base)/\($0["href"]!.string!)").standardized.path }
      }
    }
    let ofItem = try targets(item.documentPath)
    #expect(ofItem["root"] == [root + "/catalog.json"])
    #expect(ofItem["collection"] == [root + "/sentinel-2-sr/collection.json"])
    #expect(ofItem["predecessor-version"]?.allSatisfy { Folder.exists($0) } == true)
    let ofCollection = try targets(root + "/sentinel-2-sr/collection.json")
    // The one that replaces the other.
    #expect(ofCollection["item"]?.count == 1)
    #expect(ofCollection["item"]?.allSatisfy { Folder.exists($0) } == true)
    #expect(try targets(root + "/catalog.json")["child"] == [root + "/sentinel-2-sr/collection.json"])
  }

  @Test("Assets carry size, checksum, bands and classes (raster v2, eo v2, processing v1.2 by hand)")
  func assets() throws {
    let assets = try #require(try json(item.documentPath)["assets"])
    for asset in [ItemAsset.superResolved, .mask, .views, .thumbnail] {
      let name = asset.fileName(item: item.id)
      let key = ["SR.tif": "sr", "MASK.tif": "mask", "VIEWS.tif": "views", "THUMB.png": "thumbnail"][asset.rawValue]!
      let entry = try #require(assets[key])
      #expect(entry["href"]?.string == "./" + name)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: item.folder + "/" + name))
      #expect(entry["file:size"]?.double == Double(bytes.count))
      #expect(entry["file:checksum"]?.string == "1220" + Digester.hexadecimal(.sha256, of: bytes))
    }
    let bands = try #require(assets["sr"]?["bands"]?.array)
    #expect(bands.compactMap { $0["name"]?.string } == ["B04", "B03", "B02"])
    #expect(bands.compactMap { $0["eo:common_name"]?.string } == ["red", "green", "blue"])
    for band in bands {
      #expect(band["raster:spatial_resolution"] == 5)
      #expect(band["raster:sampling"] == "area")
      #expect(band["raster:scale"] == 0.0001)
      #expect(band["raster:offset"] == 0)
      #expect(band["nodata"] == 0)
      #expect(band["data_type"] == "uint16")
      #expect(band["gsd"] == 10)
      #expect((band["eo:center_wavelength"]?.double ?? 0) > 0.4)
    }
    #expect(assets["mask"]?["classification:classes"]?.array?.count == 2)
    #expect(assets["mask"]?["proj:shape"] == [128, 128])
  }

  @Test("The collection covers its items")
  func collection() throws {
    let collection = try json(folder.path + "/store/sentinel-2-sr/collection.json")
    #expect(
      collection["extent"]?["temporal"]?["interval"]
        == [["2024-06-07T10:55:31.024Z", "2024-06-12T10:55:31.024Z"]])
    #expect(collection["extent"]?["spatial"]?["bbox"] == .array([.array(item.bounds.map { .number($0) })]))
    #expect(collection["summaries"]?["grid:code"] == ["MGRS-31TCJ"])
  }

  @Test("A figure that is no number is refused, not published")
  func notANumber() throws {
    guard case .publish(let draft) = try store.prepare(identity(fingerprint: "nan")) else {
      Issue.record("nothing to publish")
      return
    }
    try fill(draft, template: folder.path + "/template")
    var wrong = description()
    wrong.certificate.spectralAngleDegrees = .nan
    #expect(throws: EncodingError.self) { try draft.publish(wrong) }
    #expect(try store.allItems().items.count == 2)
  }
}
