internal import Product

/// Scene classes as given on the command line: numbers from 0 to 11 separated by commas, or `paper` for no data and
/// class 9 alone. Class 0, no data, is always among them.
/// - Returns: nil where the text is neither.
func maskClasses(from text: String) -> Set<UInt8>? {
  if text == "paper" { return SceneClass.paperMask }
  // What holds no data is never seen.
  var classes: Set<UInt8> = [0]
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    guard let value = UInt8(part), value <= 11 else { return nil }
    classes.insert(value)
  }
  return classes
}
