import Supervision
import Testing

/// Prometheus' text format: quotes, backslashes and ends of lines in labels are escaped.
@Test func labelsOfMetricsAreEscaped() {
  var text = MetricsText()
  text.add("supertile_x", "gauge", "Help.", [(["name": "a\"b\\c\nd", "a": "1"], 0.5), ([:], 2)])
  let expected = #"supertile_x{a="1",name="a\"b\\c\nd"} 0.5"#
  // An accent makes one character of it, not another sign.
  var accented = MetricsText()
  accented.add("supertile_x", "gauge", "Help.", [(["name": "a\"\u{301}\\\u{301}"], 1)])
  let scalars = "{name=\"a\\\"\u{301}\\\\\u{301}\"} 1\n".unicodeScalars
  #expect(accented.text.unicodeScalars.suffix(scalars.count).elementsEqual(scalars), "\(accented.text)")
  #expect(text.text == "# HELP supertile_x Help.\n# TYPE supertile_x gauge\n\(expected)\nsupertile_x 2\n")
}
