/// What is wrong with a document that does not decode, for people.
func cardProblem(_ error: any Error) -> String {
  func field(_ path: [any CodingKey]) -> String {
    path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
  }
  switch error as? DecodingError {
  case .keyNotFound(let key, let context): return "the field \(field(context.codingPath + [key])) is missing"
  case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
    return "the field \(field(context.codingPath)) is of another kind, expected \(type)"
  case .dataCorrupted(let context):
    let place = field(context.codingPath)
    return place.isEmpty ? "it is no JSON" : "the field \(place): \(context.debugDescription)"
  default: return "\(error)"
  }
}
