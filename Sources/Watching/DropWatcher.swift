internal import CInotifyTools
private import Foundation
private import Glibc
private import Storage
private import Synchronization

/// Reports events in drop folders through libinotifytools.
///
/// The library keeps its state in the process, so there is one watcher at a time, and one thread calls it. Only the
/// drop folders and the folders above products are watched, not the trees inside products: those are followed by
/// scans while they are unsettled, so that a thousand products need no more watches than one.
package final class DropWatcher: Sendable {
  private struct State {
    var isStopped = false
    var folders: [String] = []
    var isChanged = true
  }
  private let state = Mutex(State())
  private let stopped = DispatchSemaphore(value: 0)

  /// Watches until `stop`.
  /// - Parameters:
  ///   - onEvent: called on the watcher's thread.
  ///   - onProblem: a sentence for the operator where a folder cannot be watched; its scans go on. Called on the
  ///     watcher's thread, once for each reason.
  package init(
    folders: [String], onEvent: @escaping @Sendable (DropEvent) -> Void,
    onProblem: @escaping @Sendable (String) -> Void
  ) {
    state.withLock { $0.folders = folders }
    let thread = Thread { [self] in
      run(onEvent: onEvent, onProblem: onProblem)
      stopped.signal()
    }
    thread.name = "supertile.watch"
    thread.start()
  }

  /// Watches these from now on.
  package func watch(_ folders: [String]) {
    state.withLock {
      $0.folders = folders
      $0.isChanged = true
    }
  }

  /// Ends the watcher; returns when its thread has ended, within about a second, or does not end: it may hang with a disk.
  package func stop() {
    state.withLock { $0.isStopped = true }
    if stopped.wait(timeout: .now() + .seconds(5)) == .success { stopped.signal() }
  }

  private func run(onEvent: (DropEvent) -> Void, onProblem: (String) -> Void) {
    guard inotifytools_initialize() != 0 else {
      onProblem(
        "drop folders cannot be watched (\(Self.reason(inotifytools_error()))): they are scanned on the timer alone; "
          + "raise fs.inotify.max_user_instances, or how many files the process may open (LimitNOFILE=)")
      return
    }
    defer { inotifytools_cleanup() }
    var watches = Watches()
    var failure: Int32 = 0
    while true {
      let (isStopped, folders, isChanged) = state.withLock { state in
        defer { state.isChanged = false }
        return (state.isStopped, state.folders, state.isChanged)
      }
      if isStopped { return }
      if isChanged || watches.hasFailed { watches.update(folders, onEvent: onEvent, onProblem: onProblem) }
      // Seconds; events are handed out one at a time, and those of a second become few scans at the receiver.
      guard let event = inotifytools_next_event(1) else {
        let code = inotifytools_error()
        if code != 0, code != failure {
          onProblem("events of drop folders cannot be read (\(Self.reason(code))): they are scanned on the timer")
        }
        // Nothing but the time has passed, or the error is there at once.
        if code != 0 { sleep(1) }
        failure = code
        continue
      }
      if watches.take(event.pointee, name: Self.name(event), onProblem: onProblem) { onEvent(.changed) }
      if let found = watches.event(event.pointee, name: Self.name(event)) { onEvent(found) }
    }
  }

  static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

  /// The name in an event, which Swift cannot see: it is a flexible array behind the structure.
  private static func name(_ event: UnsafeMutablePointer<inotify_event>) -> String {
    guard event.pointee.len > 0 else { return "" }
    let start = UnsafeRawPointer(event) + MemoryLayout<inotify_event>.size
    return String(cString: start.assumingMemoryBound(to: CChar.self))
  }
}
