import Foundation
import Geometry
import Raster
import SuperResolution
import TestSupport

import Evaluation

/// Two scenes on the disk: `first` with a truth, two methods and two views; `second` without the second method.
struct SampleSet {
  let folder: TemporaryFolder
  var document: [String: Any]
  static let title = "Bread & <b>butter</b> > \"jam\" | 'x'"

  var path: String { folder.path + "/set.json" }

  init() throws {
    folder = try TemporaryFolder()
    let size = RasterSize(rows: 128, columns: 96)
    for (index, name) in ["first", "second"].enumerated() {
      let truth = WaveScene(finest: 3, seed: UInt64(index + 1)).image(size)
      let anchor = SensorView.apply(truth, taps: PointSpread.sentinel2().centredWeights)
      let place = folder.path + "/" + name
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try SampleImages.write(truth, to: place + "/truth.tif")
      try SampleImages.write(
        anchor, to: place + "/view_00.tif", pixel: 20, hole: PixelWindow(row: 30, column: 20, rows: 2, columns: 2))
      try SampleImages.write(bilinearlyUpsampled(anchor), to: place + "/bilinear.tif")
      var sharp = truth
      for pixel in sharp.pixels.indices { sharp.pixels[pixel] += pixel % 3 == 0 ? 0.002 : -0.001 }
      if index == 0 { try SampleImages.write(sharp, to: place + "/sharp.tif") }
    }
    func scene(_ name: String, _ images: [String]) -> [String: Any] {
      [
        "name": name, "subset": "test", "truth": "\(name)/truth.tif", "anchor": "\(name)/view_00.tif",
        "views": ["\(name)/view_00.tif"],
        "images": Dictionary(uniqueKeysWithValues: images.map { ($0, "\(name)/\($0).tif") }),
      ]
    }
    document = [
      "title": Self.title, "note": "1 < 2 & 3 > 2", "range": 0.5,
      "methods": [
        ["id": "bilinear", "title": "Bilinear <up>", "baseline": true], ["id": "sharp", "title": "Sharp & bright"],
      ],
      "scenes": [scene("first", ["bilinear", "sharp"]), scene("second", ["bilinear"])],
    ]
    try save()
  }

  /// Writes the document, changed or not.
  func save() throws {
    try JSONSerialization.data(withJSONObject: document).write(to: URL(fileURLWithPath: path))
  }

  /// Changes the scene counted from 0.
  mutating func changeScene(_ index: Int, _ change: (inout [String: Any]) -> Void) throws {
    var scenes = document["scenes"] as? [[String: Any]] ?? []
    change(&scenes[index])
    document["scenes"] = scenes
    try save()
  }

  func evaluate(range: Double? = nil) throws -> (evaluation: SetEvaluation, galleries: [SceneGallery]) {
    try Evaluation.evaluate(EvaluationSet.read(path), folder: folder.path, range: range)
  }
}
