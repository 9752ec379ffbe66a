/// A file was written to while it was read: what was read of it may not belong together. It may be as good as before, so
/// nothing is made without it; the work is for later.
package struct RewrittenFile: Error, CustomStringConvertible, Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  package var description: String {
    "\(path): the file was written to while it was read; run it again when nothing writes to it"
  }
}
