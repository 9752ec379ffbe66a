import Foundation
import Storage
import Testing

@Test func theProgramRunsOnAfterItHasLetGo() throws {
  for _ in 0..<3 {
    ProgramMemory.letGo()
    // Code that has been let go of is there when it is called.
    let digest = Digester.hexadecimal(.sha256, of: "abc".utf8)
    #expect(digest.hasPrefix("ba7816bf"))
    #expect(try JSONDecoder().decode([Int].self, from: Data("[1,2]".utf8)) == [1, 2])
  }
}
