/// Kinds of events: what the ledger and the journal record. Each has a message id of its own, which never changes, so
/// that `journalctl MESSAGE_ID=...` finds all of one kind.
package enum EventKind: String, Sendable, CaseIterable {
  /// The daemon has started.
  case started
  /// Configuration, model and first scan are there.
  case ready
  /// The daemon is stopping.
  case stopping
  /// A new configuration was taken.
  case reloaded
  /// A new configuration does not hold; the old one stays.
  case reloadFailed
  /// Something that may be a product was seen for the first time.
  case productArrived
  /// The files of a product changed; it is looked at again.
  case productChanged
  /// A product is complete and verified.
  case productAccepted
  /// Something of a product is missing.
  case productIncomplete
  /// A product will never do as it is.
  case productRefused
  /// A product is no longer in its drop folder.
  case productGone
  /// A product that was done with was moved or deleted, as configured.
  case productMoved
  /// A group of revisits was opened.
  case groupOpened
  /// What a group waits for changed.
  case groupChanged
  /// A group closed: there is a job to do.
  case jobQueued
  /// Work on a job began.
  case jobStarted
  /// A job is done.
  case jobFinished
  /// A job failed for something that can heal; it is tried again later.
  case jobRetried
  /// A job failed for its input; it waits until that changes.
  case jobQuarantined
  /// A job failed for a defect of Supertile; it waits for the operator.
  case jobStopped
  /// The daemon died, or was stopped, while it worked on a job, and the job goes on; or what it was to make was held.
  case jobInterrupted
  /// A job cannot start: there is too little space, or the store is at work elsewhere.
  case jobWaiting
  /// An item was published.
  case itemPublished
  /// Retention removed an old revision.
  case itemRemoved
  /// The publish hook failed; it is run again later.
  case hookFailed
  /// The operator gave a word.
  case command
  /// Something of the surroundings is wrong.
  case problem
  /// Something that was wrong is right again.
  case recovered

  package var messageID: String {
    switch self {
    case .started: "71bc5e16feeb4b8a86d5fd7b153716b1"
    case .ready: "d78d06c04ef54243b1fcf012cf4408a1"
    case .stopping: "a0f7b5bc183f42c9bb60b9e034e4a325"
    case .reloaded: "f6bbabed178f4fc5a18f403199c3364c"
    case .reloadFailed: "1cf6ec71551d45448d3ed4eb940b39cc"
    case .productArrived: "48fe281e77d74340ba8f595458f9a0c2"
    case .productChanged: "2f28fe871fd94dae9cf5de4419d6c2c8"
    case .productAccepted: "de707ad8b699436f83d2ac86e7ebcb0e"
    case .productIncomplete: "bbc6dfebde0a4f2399e18c13340861b8"
    case .productRefused: "e82fca2a4a7f4ffe818092566cd7cc8d"
    case .productGone: "07129082c0b54800bb044ec83e08f017"
    case .productMoved: "72a2a2f187404eb792c9c708db43b749"
    case .groupOpened: "9b0656ee5bed46f6879bce9c9fbbd421"
    case .groupChanged: "613b797e97cf42209a2eda124169b1eb"
    case .jobQueued: "cad5764c51444bafb9ac9d412cff09ae"
    case .jobStarted: "72c9ad2c76914faabefdf517d1889d7f"
    case .jobFinished: "f1d93a86088b4daf89444803ae19d3c7"
    case .jobRetried: "2ba01ad8964c4ad4964cf890eb852b93"
    case .jobQuarantined: "210d34b28520474e92c32d5c054e2c34"
    case .jobStopped: "ccd3c1625fd2477490d183caa91299be"
    case .jobInterrupted: "5c1d3b5c78fa4c53ae3f0d38e6f1c384"
    case .jobWaiting: "6fcd96c507e343f791ea4c2f182d00ae"
    case .itemPublished: "dfb9d1fd63fc4b0c8ed5a0622ca3d0b6"
    case .itemRemoved: "55e021f89a0a40dfa2416b4825e6ce5f"
    case .hookFailed: "cba47bfd54724dca93e732c940352ac2"
    case .command: "36390f69ad3440f2bd49fee95b886303"
    case .problem: "3826888942f94becb44f650a608e9143"
    case .recovered: "99053926199a406eae0e3c35988e765f"
    }
  }
}
