/// Channels become pixels: `factor` times the rows and columns, and as many fewer channels.
///
/// Channel factor x factor x c + factor x y + x of a pixel becomes channel c of the pixel y down and x to the right in
/// its square: what PyTorch's `PixelShuffle` computes.
package struct PixelShuffle: Sendable {
  package let factor: Int

  package init(factor: Int) {
    precondition(factor >= 1, "a whole factor")
    self.factor = factor
  }

  /// - Parameters:
  ///   - input: rows x columns x (factor x factor x channels).
  ///   - output: factor x rows x factor x columns x channels.
  package func apply(_ input: FeatureMap, into output: FeatureMap) {
    let (places, channels) = (factor * factor, output.channels)
    precondition(input.channels == places * channels, "maps do not fit")
    precondition(output.rows == input.rows * factor && output.columns == input.columns * factor, "maps differ in size")
    for row in 0..<input.rows {
      for column in 0..<input.columns {
        let pixel = input.pointer(row, column)
        for place in 0..<places {
          let target = output.pointer(row * factor + place / factor, column * factor + place % factor)
          for channel in 0..<channels { target[channel] = pixel[channel * places + place] }
        }
      }
    }
  }
}
