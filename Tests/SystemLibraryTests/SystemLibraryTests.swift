import CInotifyTools
import CSystemd
import Testing

/// The libraries the daemon builds on import, link and answer.
@Test func inotifyToolsAnswers() {
  #expect(inotifytools_initialize() != 0)
  inotifytools_cleanup()
}

@Test func systemdAnswers() {
  // Outside a service there is nobody to notify: 0, and no error.
  #expect(sd_notify(0, "READY=1") >= 0)
}
