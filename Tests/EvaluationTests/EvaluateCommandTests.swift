import Foundation
import GDALAdapter
import Geometry
import TestSupport
import Testing

import Evaluation

@Suite struct EvaluateCommandTests {
  @Test func oneImageIsMeasured() throws {
    let set = try SampleSet()
    let files = ["sharp", "truth", "view_00"].map { "\(set.folder.path)/first/\($0).tif" }
    let plain = try supertile(["evaluate", files[0], files[1]])
    #expect(plain.status == 0 && plain.output.hasPrefix("PSNR 5") && !plain.output.contains("optics"))
    let all = try supertile(["evaluate", files[0], files[1], "--anchor", files[2], "--range", "0.5"])
    #expect(all.status == 0 && all.output.contains("through the optics") && all.output.contains("hallucination"))
    let json = try supertile(["evaluate", files[0], files[1], "--anchor", files[2], "--json"])
    let record = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let measured = try measure(
      .read(files[0]), truth: .read(files[1]), anchor: .read(files[2]))
    #expect(record["psnr"] as? Double == measured.psnr && record["ssim"] as? Double == measured.ssim)
    #expect(record["comparedPixels"] as? Int == 128 * 96)
    let consistency = try #require(record["consistency"] as? [String: Any])
    #expect(consistency["spectralAngleDegrees"] as? Double == measured.consistency?.spectralAngleDegrees)
    let same = try supertile(["evaluate", files[1], files[1], "--json"])
    #expect(same.status == 0 && !same.output.contains("psnr"))
    let swapped = try supertile(["evaluate", files[0], files[1], "--anchor", files[0]])
    #expect(swapped.status == 1 && swapped.errors.contains("half the rows and columns"))
    #expect(try supertile(["evaluate", files[0], files[1], "--range", "0"]).status == 64)
    #expect(try supertile(["evaluate", files[0]]).status == 64)
  }

  /// A figure of nothing would be perfect.
  @Test func aCertificateOfNothingSaysSo() throws {
    let folder = try TemporaryFolder()
    let (view, mask) = (folder.path + "/a.tif", folder.path + "/m.tif")
    let size = RasterSize(rows: 64, columns: 64)
    for (path, bands) in [(view, 3), (mask, 1)] {
      let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: bands, type: .uint16)
      for band in 0..<bands {
        let values = (0..<size.pixelCount).map { (pixel: Int) -> UInt16 in
          bands == 1 ? UInt16((pixel / 64 + pixel) % 2) : UInt16(900 + pixel % 7)
        }
        try file.write(values, band: band, window: size.window)
      }
      try file.close()
    }
    let result = try supertile(["sr", view, "--mask", mask, "-o", folder.path + "/o.tif", "--method", "bicubic"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("nothing could be compared with the anchor"), "\(result.output)")
    #expect(!result.output.contains("RMSE"), "\(result.output)")
  }

  @Test func aSetOfBuildingsThatContradictsItselfIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/set.json"
    for (methods, problem) in [
      ("[{\"id\": \"a\"}]", "title is missing at .methods[0]"), ("[]", "minArea is -5.0, expected"),
    ] {
      try Data("{\"title\": \"t\", \"minArea\": -5, \"methods\": \(methods), \"scenes\": []}".utf8)
        .write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: EvaluationError.self) { try BuildingSet.read(path) }
      #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }
  }

  @Test func aSetIsWrittenAsThreeDocuments() throws {
    let set = try SampleSet()
    let output = set.folder.path + "/out/report"
    let result = try supertile(["evaluate", "set", set.path, "-o", output])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.split(separator: "\n").map { String($0.suffix(5)) } == [".json", "on.md", ".html"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: output).sorted() == [
        "evaluation.html", "evaluation.json", "evaluation.md",
      ])
    let data = try Data(contentsOf: URL(fileURLWithPath: output + "/evaluation.json"))
    let evaluation = try JSONDecoder().decode(SetEvaluation.self, from: data)
    #expect(evaluation.title == SampleSet.title && evaluation.scenes.count == 2 && evaluation.range == 0.5)
    let again = try supertile(["evaluate", "set", set.path, "-o", output, "--range", "1"])
    #expect(again.status == 0)
    #expect(try String(contentsOfFile: output + "/evaluation.md", encoding: .utf8).contains("Peak reflectance 1;"))
  }

  @Test func aSetThatCannotBeEvaluatedLeavesNothing() throws {
    let set = try SampleSet()
    try FileManager.default.removeItem(atPath: set.folder.path + "/first/sharp.tif")
    let output = set.folder.path + "/out"
    let result = try supertile(["evaluate", "set", set.path, "-o", output])
    #expect(result.status == 1)
    #expect(result.errors.contains("scene first, sharp:") && result.errors.contains("first/sharp.tif"))
    #expect(!FileManager.default.fileExists(atPath: output))
    #expect(try supertile(["evaluate", "set", set.path, "-o", ""]).status == 64)
    #expect(try supertile(["evaluate", "set", set.path, "-o", output, "--range", "-2"]).status == 64)
    let whole = try SampleSet()
    let taken = try supertile(["evaluate", "set", whole.path, "-o", set.path])
    #expect(taken.status == 1 && taken.errors.contains("\(set.path): cannot be made"))
  }

  @Test func theFormatIsInTheHelp() throws {
    let help = try supertile(["evaluate", "set", "--help"]).output
    for word in ["\"methods\"", "\"subset\"", "\"tables\"", "pictured", "Exit status: 0 if"] {
      #expect(help.contains(word), "\(word)")
    }
    let overview = try supertile(["evaluate", "--help"]).output.split { $0.isWhitespace }.joined(separator: " ")
    #expect(overview.contains("supertile evaluate set SET.json -o DIR"))
  }
}
