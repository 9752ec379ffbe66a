import CInotifyTools
import CSystemd
import Testing

/// The libraries the daemon builds on import, link and answer.
@Test func inotifyToolsAnswers() async {
  // In a process of its own: the library has one state, which the tests of the watcher use.
  await #expect(processExitsWith: .success) {
    #expect(inotifytools_initialize() != 0)
    inotifytools_cleanup()
  }
}

@Test func systemdAnswers() {
  // Outside a service there is nobody to notify: 0, and no error.
  #expect(sd_notify(0, "READY=1") >= 0)
}
