import Networks
import Testing

@Test func readsTensorsAndMetadata() throws {
  let data: [UInt8] = [0, 0, 128, 63, 0, 0, 0, 192]  // 1.0, -2.0
  let file = try SafeTensors(
    path: "x",
    bytes: safetensors(
      #"{"__metadata__":{"a":"b"},"t":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#, data: data))
  #expect(file.metadata == ["a": "b"])
  #expect(try file.tensor("t", shape: [2, 1]) == [1, -2])
  #expect(throws: NetworkError.self) { try file.tensor("t", shape: [2]) }
  #expect(throws: NetworkError.self) { try file.tensor("u", shape: [2]) }
}

@Test(arguments: [
  [], [1, 2, 3], [255, 255, 255, 255, 255, 255, 255, 255], [9, 0, 0, 0, 0, 0, 0, 0, 123],
  safetensors("not json"),
  safetensors(#"{"t":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#, data: [0, 0]),
  safetensors(#"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: [0, 0, 0, 0]),
  safetensors(#"{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, data: [0, 0, 0, 0]),
  safetensors(#"{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, data: [0, 0, 0, 0]),
  safetensors(#"{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, data: [0, 0, 0, 0]),
  safetensors(#"{"t":{"dtype":"F32"}}"#),
])
func refusesDamagedFiles(bytes: [UInt8]) {
  #expect(throws: NetworkError.self) { try SafeTensors(path: "x", bytes: bytes) }
}

@Test func refusesValuesThatAreNotFinite() throws {
  let file = try SafeTensors(
    path: "x",
    bytes: safetensors(#"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: [0, 0, 192, 127]))
  #expect(throws: NetworkError.self) { try file.tensor("t", shape: [1]) }
}
