import Settings
import Supervision
import Testing

private let product = Examinations.Waiting(folder: DropFolder(name: "drop", path: "/drop"), signature: nil)

/// What ended the process before is looked at alone, and holds up nothing else.
@Test func suspectsAreLookedAtAloneAndAfterAllOthers() {
  var examinations = Examinations()
  for name in ["a", "b", "c"] { examinations.wait(for: "/drop/\(name)", product) }
  #expect(examinations.begin(outside: []).map(\.location) == ["/drop/a", "/drop/b", "/drop/c"])
  #expect(examinations.begin(outside: []).isEmpty, "one batch after the other")
  examinations.end()
  #expect(examinations.died(at: "/drop/a") == 1)
  for name in ["a", "d"] { examinations.wait(for: "/drop/\(name)", product) }
  #expect(examinations.begin(outside: []).map(\.location) == ["/drop/d"])
  examinations.end()
  #expect(examinations.begin(outside: ["/drop"]).isEmpty, "its folder does not answer")
  #expect(examinations.begin(outside: []).map(\.location) == ["/drop/a"])
  #expect(examinations.died(at: "/drop/a") == 2)
  examinations.acquit("/drop/a")
  examinations.end()
  for name in ["a", "e"] { examinations.wait(for: "/drop/\(name)", product) }
  examinations.forget("/drop/e")
  examinations.pause(seconds: 60)
  #expect(examinations.begin(outside: []).isEmpty && examinations.notBefore != nil)
}
