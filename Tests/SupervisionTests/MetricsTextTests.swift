import Supervision
import Testing

/// Prometheus' text format: quotes, backslashes and ends of lines in labels are escaped.
@Test func labelsOfMetricsAreEscaped() {
  var text = MetricsText()
  text.add("supertile_x", "gauge", "Help.", [(["name": "a\"b\\c\nd", "a": "1"], 0.5), ([:], 2)])
  let expected = #"supertile_x{a="1",name="a\"b\\c\nd"} 0.5"#
  #expect(text.text == "# HELP supertile_x Help.\n# TYPE supertile_x gauge\n\(expected)\nsupertile_x 2\n")
}
