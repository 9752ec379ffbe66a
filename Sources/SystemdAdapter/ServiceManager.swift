private import CSystemd
private import Glibc

/// Talks to systemd about this service; says nothing, and costs nothing, where there is none.
package enum ServiceManager {
  /// Configuration, model and first scan are there.
  package static func ready() { notify("READY=1") }

  /// One line for `systemctl status`.
  package static func status(_ text: String) {
    notify("STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " "))
  }

  /// The watchdog's food.
  package static func alive() { notify("WATCHDOG=1") }

  /// A reload begins; `ready` ends it. Without the time of the monotonic clock systemd would wait for ever.
  package static func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    notify("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
  }

  package static func stopping() { notify("STOPPING=1") }

  /// Asks for more time to start or stop, counted from now.
  package static func extendTimeout(seconds: Int) { notify("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000)") }

  /// How often the watchdog must be fed, seconds; nil where there is none.
  package static var watchdogSeconds: Double? {
    var microseconds: UInt64 = 0
    return sd_watchdog_enabled(0, &microseconds) > 0 ? Double(microseconds) / 1e6 : nil
  }

  private static func notify(_ message: String) { sd_notify(0, message) }
}
