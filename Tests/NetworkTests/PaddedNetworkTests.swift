import Foundation
import Geometry
import Networks
import Raster
import TestSupport
import Testing

/// Weights of a network of `hidden` channels, in one of `width`: the other channels are zero and change nothing.
private func network(bands: Int, hidden: Int, width: Int) throws -> HighResNet {
  var generator = SeededGenerator(77)
  var header: [String] = []
  var data: [UInt8] = []
  func write(_ name: String, _ shape: [Int], _ values: [Float]) {
    let bytes = values.withUnsafeBytes { Array($0) }
    header.append(
      "\"\(name)\": {\"dtype\": \"F32\", \"shape\": \(shape), \"data_offsets\": [\(data.count), \(data.count + bytes.count)]}"
    )
    data += bytes
  }
  /// Channels of the small network, and where each lies in the wide one.
  struct Channels {
    let places: [Int]
    let count: Int
  }
  let one = Channels(places: Array(0..<hidden), count: width)
  let two = Channels(places: (0..<(2 * hidden)).map { $0 / hidden * width + $0 % hidden }, count: 2 * width)
  func image(_ count: Int) -> Channels { Channels(places: Array(0..<count), count: count) }
  func weights(_ name: String, _ first: Channels, _ second: Channels, taps: Int) {
    var values = [Float](repeating: 0, count: first.count * second.count * taps * taps)
    for a in first.places {
      for b in second.places {
        for tap in 0..<(taps * taps) {
          values[(a * second.count + b) * taps * taps + tap] = Float.random(in: -0.3...0.3, using: &generator)
        }
      }
    }
    write("\(name).weight", [first.count, second.count, taps, taps], values)
  }
  func bias(_ name: String, _ channels: Channels) {
    var values = [Float](repeating: 0, count: channels.count)
    for place in channels.places { values[place] = Float.random(in: -0.1...0.1, using: &generator) }
    write("\(name).bias", [channels.count], values)
  }
  func convolution(_ name: String, from inputs: Channels, to outputs: Channels, taps: Int = 3) {
    weights(name, outputs, inputs, taps: taps)
    bias(name, outputs)
  }
  func slope(_ name: String) { write("\(name).weight", [1], [0.2]) }
  convolution("encode.conv_in", from: image(2 * bands), to: one)
  for block in ["encode.block1", "encode.block2", "fuse.block"] {
    let channels = block == "fuse.block" ? two : one
    for index in 1...2 {
      convolution("\(block).conv\(index)", from: channels, to: channels)
      slope("\(block).prelu\(index)")
    }
  }
  convolution("encode.conv_out", from: one, to: one)
  convolution("fuse.conv", from: two, to: one)
  weights("decode.deconv", one, one, taps: 3)
  bias("decode.deconv", one)
  convolution("decode.conv_out", from: one, to: image(bands), taps: 1)
  for name in ["encode.prelu", "fuse.prelu", "decode.prelu"] { slope(name) }
  let bytes = safetensors("{" + header.joined(separator: ",") + "}", data: data)
  return try HighResNet(SafeTensors(path: "made.safetensors", bytes: bytes), bands: bands, hidden: width)
}

/// A network may have fewer hidden channels than its images have bands: its images have room beside its maps.
@Test(arguments: [(5, 2), (9, 3), (3, 1), (4, 4)])
func aNetworkNarrowerThanItsImagesGivesWhatAWideOneGives(bands: Int, hidden: Int) throws {
  let narrow = try network(bands: bands, hidden: hidden, width: hidden)
  let wide = try network(bands: bands, hidden: hidden, width: 32)
  let size = RasterSize(rows: 31, columns: 29)
  var generator = SeededGenerator(5)
  let images = (0..<4).map { _ in
    FloatImage(bands: bands, size: size, pixels: generator.floats(bands * size.pixelCount))
  }
  let a = narrow.apply(views: Array(images[1...]), reference: images[0], stripRows: 4)
  let b = wide.apply(views: Array(images[1...]), reference: images[0])
  let largest = zip(a.pixels, b.pixels).map { abs($0 - $1) }.max() ?? .infinity
  let isSame = a.size == size.scaled(by: 2) && largest < 1e-4
  #expect(isSame, "largest difference \(largest)")
}
