import Kernels

func map(_ values: [Float], rows: Int, columns: Int, channels: Int) -> FeatureMap {
  let map = FeatureMap(rows: rows, columns: columns, channels: channels)
  for row in 0..<rows {
    for index in 0..<(columns * channels) { map.pointer(row, 0)[index] = values[row * columns * channels + index] }
  }
  return map
}

func values(_ map: FeatureMap) -> [Float] {
  (0..<map.rows).flatMap { row in (0..<(map.columns * map.channels)).map { map.pointer(row, 0)[$0] } }
}

func borderIsZero(_ map: FeatureMap) -> Bool {
  (-1...map.rows).allSatisfy { row in
    (row == -1 || row == map.rows ? Array(-1...map.columns) : [-1, map.columns]).allSatisfy { column in
      (0..<map.channels).allSatisfy { map.pointer(row, column)[$0] == 0 }
    }
  }
}
