private import Foundation
private import Storage

/// Whether a folder's disk answers, found out on a thread that may hang in place of whoever asks.
struct Probe {
  private let answered = DispatchSemaphore(value: 0)

  init(_ folder: String) {
    let answered = answered
    let thread = Thread {
      _ = Folder.isFolder(folder)
      answered.signal()
    }
    thread.name = "supertile.probe"
    thread.start()
  }

  /// - Returns: whether it has answered by then.
  func hasAnswered(within seconds: Double) -> Bool { answered.wait(timeout: .now() + seconds) == .success }
}
