internal import Logging

extension EventKind {
  /// How much an operator has to care.
  var level: Logger.Level {
    switch self {
    case .productArrived, .productGone: .debug
    case .ready, .productChanged, .productAccepted, .productIncomplete, .productMoved, .groupOpened, .groupChanged,
      .jobQueued, .jobStarted, .jobFinished, .itemRemoved:
      .info
    case .started, .stopping, .reloaded, .itemPublished, .command, .recovered: .notice
    case .productRefused, .jobRetried, .jobQuarantined, .jobInterrupted, .jobWaiting, .hookFailed: .warning
    case .reloadFailed, .jobStopped, .problem: .error
    }
  }
}
