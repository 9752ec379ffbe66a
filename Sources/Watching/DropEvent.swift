/// What an event in a drop folder says. Events are hints: whatever they say, a scan decides.
package enum DropEvent: Sendable, Equatable {
  /// Something was renamed to this path: it is whole.
  case renamedIn(String)
  /// Something changed; look.
  case changed
  /// Events were lost: look everywhere.
  case overflow
}
