/// Who answers for the daemon.
package protocol ControlHandler: Sendable {
  func answer(_ request: ControlRequest) async -> ControlAnswer
  /// Prometheus' text format; nil where they cannot be told.
  func metrics() async -> String?
  /// Why the daemon is not healthy; nil where it is: it lives and gets on with its work.
  func ailment() async -> String?
  /// Why it takes no work yet, or none any more; nil where it does.
  func unreadiness() async -> String?
}
