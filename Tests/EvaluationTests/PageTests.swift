import Foundation
import GDALAdapter
import Geometry
import TestSupport
import Testing

import Evaluation

@Suite struct PageTests {
  private static func page() throws -> (text: String, evaluation: SetEvaluation) {
    let result = try SampleSet().evaluate()
    return (htmlReport(result.evaluation, galleries: result.galleries), result.evaluation)
  }

  @Test func thePageNeedsNothingElse() throws {
    let page = try Self.page().text
    for reference in ["http:", "https:", "src=", "href=", "@import", "//cdn"] {
      #expect(!page.contains(reference), "\(reference)")
    }
    let addresses = page.components(separatedBy: "url(").dropFirst()
    #expect(addresses.count >= 8)
    for address in addresses { #expect(address.hasPrefix("data:image/png;base64,iVBOR")) }
    #expect(page.contains("default-src 'none'"))
  }

  @Test func thePageIsWellFormedWhateverTheTitles() throws {
    let page = try Self.page().text
    let check = HTMLCheck(page)
    #expect(check.problems == [])
    #expect(check.elements["section"] == 3 && check.elements["svg"] == 4 && check.elements["option"] == 14)
    #expect(check.text.contains("Bread &amp; &lt;b&gt;butter&lt;/b&gt; &gt; &quot;jam&quot;"))
    #expect(check.text.contains("1 &lt; 2 &amp; 3 &gt; 2"))
    #expect(!page.contains("<b>butter") && !page.contains("<up>"))
  }

  @Test func theCheckFindsWhatIsWrong() {
    #expect(HTMLCheck("<p>a<b>b</p>").problems != [])
    #expect(HTMLCheck("<p title=\"a>b</p>").problems != [])
    #expect(HTMLCheck("<p>a").problems != [] && HTMLCheck("<p <b>").problems != [])
    #expect(HTMLCheck("<!DOCTYPE html><p title='>'>a<br></p><script>if (a < b) {}</script>").problems == [])
  }

  @Test func picturesShareOneStretchAndShowHoles() throws {
    let set = try SampleSet()
    let galleries = try set.evaluate().galleries
    let gallery = try #require(galleries.first)
    #expect(gallery.size == RasterSize(rows: 128, columns: 96) && gallery.views.count == 1)
    // The anchor has a hole: its picture has transparency there; the truth's has none.
    func decode(_ picture: Picture) throws -> (bands: [[UInt8]], size: RasterSize) {
      let path = set.folder.path + "/picture.png"
      try Data(picture.bytes).write(to: URL(fileURLWithPath: path))
      let file = try RasterFile.open(path)
      return (
        try (0..<file.bandCount).map { try file.read(UInt8.self, band: $0, window: file.size.window) }, file.size
      )
    }
    let anchor = try decode(try #require(gallery.anchor))
    #expect(anchor.size == RasterSize(rows: 64, columns: 48) && anchor.bands.count == 4)
    #expect(anchor.bands[3][31 * 48 + 21] == 0 && anchor.bands[3].count { $0 == 0 } == 4)
    let truth = try decode(try #require(gallery.truth))
    #expect(truth.bands.count == 3 && truth.size == gallery.size)
    let sharp = try decode(try #require(gallery.images["sharp"]))
    let worst = zip(truth.bands.joined(), sharp.bands.joined()).map { abs(Int($0) - Int($1)) }.max()
    #expect(try #require(worst) < 40, "the same values look the same")
    let difference = try decode(try #require(gallery.differences["sharp"]))
    #expect(difference.bands.count == 4 && difference.bands[0][0] > 200)
  }

  @Test func picturesFitIntoOnePage() throws {
    let scenes = (0..<8).map { index in
      "{\"name\": \"s\(index)\", \"truth\": \"t\", \"anchor\": \"a\", \"views\": [\"v\", \"w\"], \"images\": {\"m\": \"i\"}}"
    }
    let text = """
      {"title": "T", "methods": [{"id": "m", "title": "M"}], "scenes": [\(scenes.joined(separator: ","))]}
      """
    let set = try JSONDecoder().decode(EvaluationSet.self, from: Data(text.utf8))
    let side = PictureBudget(set, pictured: set.picturedScenes(limit: 8)).side
    // Each scene: truth, image, and a quarter of two views, the anchor and a difference.
    #expect(side % 2 == 0 && Double(side * side) * 3 * 8 * 4 <= 13e6 && side > 300)
    #expect(PictureBudget(set, pictured: ["s0"]).side == 512)
    #expect(set.picturedScenes(limit: 2) == ["s0", "s1"])
  }
}
