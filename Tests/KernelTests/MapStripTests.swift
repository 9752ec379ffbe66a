import Kernels
import Testing

private struct Case: CustomStringConvertible, Sendable {
  var rows: Int
  var kept: Range<Int>
  var reach: Int
  var height: Int

  var description: String { "\(kept) of \(rows) rows, reach \(reach), \(height) rows held" }

  var strips: [MapStrip] {
    MapStrip.strips(
      of: MapRegion(rows: kept, columns: 5..<9), rows: rows, columns: 12, reach: reach, height: height)
  }
}

private let cases = [
  Case(rows: 100, kept: 16..<84, reach: 16, height: 36), Case(rows: 100, kept: 0..<100, reach: 16, height: 41),
  Case(rows: 100, kept: 3..<97, reach: 16, height: 36), Case(rows: 100, kept: 0..<1, reach: 10, height: 24),
  Case(rows: 20, kept: 0..<20, reach: 16, height: 100), Case(rows: 90, kept: 89..<90, reach: 7, height: 18),
  Case(rows: 64, kept: 10..<60, reach: 4, height: 13), Case(rows: 37, kept: 0..<37, reach: 7, height: 18),
]

/// Strip after strip every layer computes each row that is wanted of it, once and in order.
@Test(arguments: cases)
fileprivate func stripsComputeEveryRowOfALayerOnce(_ c: Case) {
  #expect(c.strips.flatMap(\.result) == Array(c.kept))
  for reach in 0...c.reach {
    let computed = c.strips.flatMap { strip in
      strip.region(reach).rows.map { $0 + strip.held.lowerBound }
    }
    #expect(computed == Array(max(0, c.kept.lowerBound - reach)..<min(c.rows, c.kept.upperBound + reach)))
    for strip in c.strips {
      #expect(strip.region(reach).columns == max(0, 5 - reach)..<min(12, 9 + reach))
    }
  }
}

/// Maps hold what a strip computes and the rows before it that later layers look at; none holds more than it may.
@Test(arguments: cases)
fileprivate func mapsHoldWhatAStripLooksAt(_ c: Case) {
  for strip in c.strips {
    #expect(strip.held.count <= c.height && strip.held.lowerBound >= 0 && strip.held.upperBound <= c.rows)
    for reach in 0...c.reach {
      let region = strip.region(reach)
      #expect(region.rows.lowerBound >= 0 && region.rows.upperBound <= strip.held.count)
      // A layer that is looked at `reach` pixels around the result sees one pixel further, in the layer before it.
      if reach < c.reach {
        let first = region.rows.lowerBound + strip.held.lowerBound
        #expect(max(0, first - 1) >= strip.held.lowerBound)
      }
    }
  }
}

/// What a layer's last rows were is there again in the next strip, wherever its map was in the meantime.
@Test(arguments: cases)
fileprivate func tailsGoFromStripToStrip(_ c: Case) {
  let tails = MapTails()
  func value(_ row: Int, _ column: Int, _ layer: Int) -> Float { Float(1000 * layer + 10 * row + column) }
  for strip in c.strips {
    tails.begin(strip)
    for (layer, (reach, back)) in [(3, 2), (0, 3), (c.reach, 2)].enumerated() {
      let map = FeatureMap(rows: strip.held.count, columns: 12, channels: 1)
      map.values.update(repeating: -1)
      let region = strip.region(reach)
      tails.extend(map, region, lookingBack: back) { region in
        for row in region.rows {
          for column in 0..<12 { map.pointer(row, column)[0] = value(row + strip.held.lowerBound, column, layer) }
        }
      }
      let start = max(0, c.kept.lowerBound - reach)
      for row in max(start - strip.held.lowerBound, region.rows.lowerBound - back)..<region.rows.upperBound {
        for column in 0..<12 {
          #expect(map.pointer(row, column)[0] == value(row + strip.held.lowerBound, column, layer), "layer \(layer)")
        }
      }
    }
  }
}
