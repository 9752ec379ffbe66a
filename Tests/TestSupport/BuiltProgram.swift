private import Foundation

/// A program that was built with the tests, beside their bundle.
package func builtProgram(_ name: String) -> String {
  URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/" + name
}
