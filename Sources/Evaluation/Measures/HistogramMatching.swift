/// Values of one band, changed so that their distribution becomes the reference's (histogram matching: what
/// scikit-image's `exposure.match_histograms` computes for one channel). Equal values stay equal, and order is kept.
/// - Precondition: neither is empty.
package func histogramMatched(_ values: [Float], to reference: [Float]) -> [Float] {
  precondition(!values.isEmpty && !reference.isEmpty, "no values to match")
  let target = Distribution(reference.sorted())
  let order = values.indices.sorted { values[$0] < values[$1] }
  var result = values
  var start = 0
  var nextShare = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    let matched = target.value(atShare: Double(end) / Double(order.count), from: &nextShare)
    for position in start..<end { result[order[position]] = matched }
    start = end
  }
  return result
}

/// Distinct values with the share of all values up to and including each.
private struct Distribution {
  private var values: [Double] = []
  private var shares: [Double] = []

  init(_ sorted: [Float]) {
    for (index, value) in sorted.enumerated() {
      let share = Double(index + 1) / Double(sorted.count)
      if values.last == Double(value) {
        shares[shares.count - 1] = share
      } else {
        values.append(Double(value))
        shares.append(share)
      }
    }
  }

  /// The value below which a share of all lies, interpolated linearly between distinct values.
  /// - Parameter index: where the last, smaller share was found.
  func value(atShare share: Double, from index: inout Int) -> Float {
    while index < shares.count, shares[index] < share { index += 1 }
    guard index > 0 else { return Float(values[0]) }
    guard index < shares.count else { return Float(values[values.count - 1]) }
    let between = (share - shares[index - 1]) / (shares[index] - shares[index - 1])
    return Float(values[index - 1] + between * (values[index] - values[index - 1]))
  }
}
