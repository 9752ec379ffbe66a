import Control
import Foundation
import Geometry
import Intake
import Product
import Simulation
import TestSupport
import Testing

/// Rounds of each campaign: a taste in every test run, more where `SUPERTILE_FUZZ` says so.
private let rounds = ProcessInfo.processInfo.environment["SUPERTILE_FUZZ"].flatMap { Int($0) } ?? 150

/// Input that once did harm, and input of every kind that could: kept in `Corpus`, `<reader>-<what>`.
private func corpus(_ reader: String) throws -> [[UInt8]] {
  let folder = try #require(Bundle.module.resourcePath) + "/Corpus"
  return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { $0.hasPrefix(reader + "-") }
    .map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) }
}

private func smallProduct(_ folder: TemporaryFolder, isZipped: Bool) async throws -> String {
  var plan = SmallProducts.plan(revisits: 1, size: RasterSize(rows: 32, columns: 32))
  plan.delivery.isPruned = true
  plan.delivery.isZipped = isZipped
  return try #require(try await SmallProducts.write(plan, into: folder.path + "/p").first).path
}

/// What holds for every product that is accepted, whatever it was made of; a refusal says something.
private func check(_ report: IntakeReport) {
  switch report.outcome {
  case .accepted(let product):
    #expect(
      product.sceneClassCounts.count == 12 && product.bands.count == 3 && (1...143).contains(product.relativeOrbit))
    #expect(product.grid.size.rows > 0 && product.bands.allSatisfy { $0.quantification > 0 && $0.addOffset.isFinite })
  case .incomplete(let problems), .refused(let problems):
    #expect(
      !problems.isEmpty && problems.allSatisfy { !$0.description.contains("\n") && !$0.description.contains("\0") })
  }
}

@Suite(.serialized) struct FuzzTests {
  @Test(arguments: ["MTD_MSIL2A.xml", "MTD_TL.xml", "manifest.safe"])
  func readersOfMetadataSurvive(name: String) async throws {
    let folder = try TemporaryFolder()
    let product = try await smallProduct(folder, isZipped: false)
    let member = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: product).first { $0.hasSuffix(name) })
    let file = URL(fileURLWithPath: "\(product)/\(member)")
    let whole = [UInt8](try Data(contentsOf: file))
    let options = IntakeOptions(verifyChecksums: false)
    for bytes in try corpus("xml") {
      try Data(bytes).write(to: file)
      check(examine(product, options: options))
    }
    for seed in 0..<UInt64(rounds) {
      var mutator = Mutator(seed: seed &* 3 &+ UInt64(name.utf8.count))
      try Data(mutator.mutate(whole, keepsSize: seed % 4 != 0)).write(to: file)
      check(examine(product, options: options))
    }
    try Data(whole).write(to: file)
    guard case .accepted = examine(product, options: options).outcome else {
      Issue.record("the product itself is not accepted")
      return
    }
  }

  @Test func readersOfArchivesSurvive() async throws {
    let folder = try TemporaryFolder()
    let archive = try await smallProduct(folder, isZipped: true)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: archive)))
    var inputs = try corpus("zip")
    for seed in 0..<UInt64(rounds) {
      var mutator = Mutator(seed: seed)
      // Most of the interest lies at the end, in the directory.
      let cut = seed % 2 == 0 ? max(0, whole.count - 1500) : 0
      inputs.append(whole[..<cut] + mutator.mutate(Array(whole[cut...]), keepsSize: seed % 4 == 0))
    }
    for (number, bytes) in inputs.enumerated() {
      // A name of its own: GDAL keeps directories of archives by name.
      let path = "\(folder.path)/\(number).zip"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      check(examine(path))
      try FileManager.default.removeItem(atPath: path)
    }
  }

  @Test func requestsAreDecodedOrRefused() throws {
    let requests: [ControlRequest] = [
      .status, .explain(subject: "31TCJ"), .drain(isOn: true), .flush(subject: "/drop/ä.SAFE"), .reload,
    ]
    for bytes in try corpus("json") { _ = try? ControlCoding.decode(ControlRequest.self, bytes) }
    for seed in 0..<UInt64(rounds * 10) {
      var mutator = Mutator(seed: seed)
      let request = requests[mutator.pick(0..<requests.count)]
      let bytes = mutator.mutate(try ControlCoding.encode(request), keepsSize: false)
      if let decoded = try? ControlCoding.decode(ControlRequest.self, bytes) {
        let again = try ControlCoding.decode(ControlRequest.self, try ControlCoding.encode(decoded))
        #expect(again == decoded)
      }
    }
  }
}
