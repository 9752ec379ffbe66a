import Foundation
import Storage
import Testing

/// Resident pages of the program's code, kB.
private func residentCode() throws -> Int {
  let maps = try String(contentsOfFile: "/proc/self/smaps", encoding: .utf8)
  var isCode = false
  var sum = 0
  for line in maps.split(separator: "\n") {
    let fields = line.split(separator: " ")
    if fields[0].contains("-") { isCode = fields.count == 6 && fields[1] == "r-xp" && fields[5].hasPrefix("/") }
    if isCode, fields[0] == "Rss:", let size = Int(fields[1]) { sum += size }
  }
  return sum
}

@Test func whatIsLetGoOfIsSmallAndComesBack() async {
  // Other tests would fetch what they need meanwhile.
  await #expect(processExitsWith: .success) {
    let before = try residentCode()
    ProgramMemory.letGo()
    #expect(try residentCode() < before)
    for _ in 0..<3 {
      ProgramMemory.letGo()
      let digest = Digester.hexadecimal(.sha256, of: "abc".utf8)
      #expect(digest.hasPrefix("ba7816bf"))
      #expect(try JSONDecoder().decode([Int].self, from: Data("[1,2]".utf8)) == [1, 2])
    }
  }
}
