extension String {
  /// Untrusted text made fit for a terminal and a log line: no control characters, no novels.
  /// - Parameter limit: characters, the rest is cut.
  package func printable(limit: Int = .max) -> String {
    var result = ""
    var count = 0
    for scalar in unicodeScalars {
      count += 1
      if count > limit { return result + "..." }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: result.append("?")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
