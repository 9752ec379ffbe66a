import Foundation
import Testing

/// The executable itself: exit status and output.
@Suite struct InspectCommandTests {
  let folder = TestFolder()

  private func inspect(_ arguments: String...) throws -> (status: Int32, output: String) {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let process = Process()
    process.executableURL = bundle.appendingPathComponent("supertile")
    process.arguments = ["inspect"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test func completeProductsGiveZero() throws {
    let sample = SampleProduct()
    let result = try inspect(sample.write(in: folder), sample.zip(in: folder), "--bands", "B02,B04")
    #expect(result.status == 0)
    #expect(result.output.contains("reflectance = (count - 1000) / 10000"))
    #expect(result.output.contains("33.3 % of the data (metadata: 33.3 %)"))
  }

  @Test func statusTellsTheWorst() throws {
    let complete = SampleProduct().write(in: folder)
    let arriving = SampleProduct { $0.tile = "T31TCK" }.write(in: folder)
    folder.remove(arriving + "/manifest.safe")
    #expect(try inspect(complete, arriving).status == 2)
    let result = try inspect("/nowhere", arriving, complete, "--json")
    #expect(result.status == 3)
    let records = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(records.map { $0["status"] as? String } == ["refused", "incomplete", "complete"])
    #expect((records[2]["identity"] as? [String: Any])?["tile"] as? String == "31TCJ")
    #expect((records[2]["cover"] as? [String: Any])?["masked"] as? Double == 50)
  }

  @Test func hostileInputEndsInARefusal() throws {
    var bomb = SampleArchive()
    for (member, bytes) in SampleProduct().everything {
      bomb.add(member, bytes, deflated: true, lies: .init(size: 0xffff_fff0))
    }
    folder.write(bomb.bytes, to: folder.path + "/bomb.zip")
    var nested = SampleProduct()
    nested.edit(
      SampleProduct.metadata, "<n1:General_Info>", String(repeating: "<a b='/>'>", count: 9999) + "<n1:General_Info>")
    for path in [folder.path + "/bomb.zip", nested.write(in: folder), "/dev/null", folder.path, ""] {
      #expect(try inspect(path).status == 3, "\(path)")
    }
  }

  @Test func usageErrorsAreTheirOwn() throws {
    #expect(try inspect().status == 64)
    #expect(try inspect("x", "--bands", "B05").status == 64)
    #expect(try inspect("x", "--mask-classes", "12").status == 64)
  }
}
