import Control
import Foundation
import Glibc
import TestSupport
import Testing
import Workers

/// Answers in a way that shows what was understood.
private struct Parrot: ControlHandler {
  func answer(_ request: ControlRequest) async -> ControlAnswer {
    switch request {
    case .explain(let subject): .unknown(subject)
    case .drain(let isOn): .done("\(isOn)")
    default: .refused("\(request)")
    }
  }
  var hasMetrics = true
  func metrics() async -> String? { hasMetrics ? "supertile_up 1\n" : nil }
  func ailment() async -> String? { nil }
  func unreadiness() async -> String? { "starting" }
}

private func serving(_ parrot: Parrot = Parrot(), _ body: (String) async throws -> Void) async throws {
  let folder = try TemporaryFolder()
  let socket = folder.path + "/control.sock"
  let server = Task { try await ControlServer(parrot).serve(socket: socket) }
  let end = ContinuousClock.now + .seconds(60)
  while access(socket, F_OK) != 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(10)) }
  try await body(socket)
  server.cancel()
}

/// Makes a socket as one that has ended leaves it, or one at which nobody ever answers.
/// - Returns: its descriptor, closed where nobody listens.
@discardableResult
private func leaveSocket(_ path: String, listens: Bool = false) throws -> Int32 {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  let isBound = with(path) { bind(descriptor, $0, $1) == 0 }
  try #require(isBound)
  if listens { try #require(listen(descriptor, 8) == 0) } else { close(descriptor) }
  return descriptor
}

/// Bytes sent as they are, and what comes back. Waits on a thread of its own: the server needs Swift's.
private func curl(_ socket: String, _ arguments: String...) async throws -> (status: String, body: String) {
  let text = try await WorkerPool(workers: 1).run {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    process.arguments = ["-s", "-m", "100", "--unix-socket", socket, "-w", "\n%{http_code}"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }
  let cut = text.lastIndex(of: "\n") ?? text.startIndex
  return (String(text[cut...].dropFirst()), String(text[..<cut]))
}

private func expectReply(_ reply: (status: String, body: String), _ status: String, _ body: String) {
  #expect(reply.status == status && reply.body == body)
}

private func expectStatus(_ reply: (status: String, body: String), _ status: String) {
  #expect(reply.status == status)
}

@Suite(.serialized) struct ControlTests {
  @Test func requestsAndAnswersCross() async throws {
    try await serving { socket in
      let client = ControlClient(socket: socket)
      let odd = "/drop/ä \"b\"\n{}%2F.SAFE"
      let answers = [
        try await client.ask(.explain(subject: odd)), try await client.ask(.drain(isOn: true)),
        try await client.ask(.status),
      ]
      #expect(answers == [.unknown(odd), .done("true"), .refused("status")])
      var status = stat()
      #expect(stat(socket, &status) == 0 && status.st_mode & 0o777 == 0o660)
    }
  }

  @Test func healthAndReadinessAreToldApart() async throws {
    try await serving { socket in
      expectReply(try await curl(socket, "http://x/health"), "200", "ok\n")
      expectReply(try await curl(socket, "http://x/ready"), "503", "starting\n")
      expectReply(try await curl(socket, "http://x/metrics"), "200", "supertile_up 1\n")
      expectReply(try await curl(socket, "http://x/metrics?a=b", "http://x/health"), "200", "supertile_up 1\n\n200ok\n")
      expectStatus(try await curl(socket, "-I", "http://x/metrics"), "200")
      expectStatus(try await curl(socket, "-X", "DELETE", "http://x/health"), "405")
      expectStatus(try await curl(socket, "http://x/control"), "405")
    }
  }

  /// No figures are another thing than figures that are all missing.
  @Test func metricsThatCannotBeToldAreAnError() async throws {
    try await serving(Parrot(hasMetrics: false)) { socket in
      expectReply(try await curl(socket, "http://x/metrics"), "503", "the ledger cannot be read\n")
    }
  }

  @Test func nonsenseIsRefusedAndHarmsNobody() async throws {
    try await serving { socket in
      expectStatus(try await curl(socket, "http://x/control", "-d", "{\"burn\":{}}"), "400")
      expectStatus(try await curl(socket, "http://x/control", "-d", "[[[["), "400")
      let big = String(repeating: "x", count: ControlRequest.limit + 1)
      let folder = try TemporaryFolder()
      try Data(big.utf8).write(to: URL(fileURLWithPath: folder.path + "/big"))
      expectStatus(
        try await curl(socket, "http://x/control", "-H", "Expect:", "--data-binary", "@\(folder.path)/big"), "413")
      expectStatus(try await curl(socket, "http://x/nowhere"), "404")
      let answer = try await ControlClient(socket: socket).ask(.drain(isOn: false))
      #expect(answer == .done("false"))
    }
  }

  /// What is no socket stays, and so does the socket of a daemon that answers; one that is left over gives way.
  @Test func aSocketIsTakenFromNobody() async throws {
    try await serving { socket in
      let second = await #expect(throws: ControlError.self) { try await ControlServer(Parrot()).serve(socket: socket) }
      #expect(second?.description.contains("another supertiled listens here") == true)
      let answer = try await ControlClient(socket: socket).ask(.drain(isOn: true))
      #expect(answer == .done("true"))
    }
    let folder = try TemporaryFolder()
    let file = folder.path + "/file.txt"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
    let error = await #expect(throws: ControlError.self) { try await ControlServer(Parrot()).serve(socket: file) }
    #expect(error?.description.contains("is no socket") == true)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    let left = folder.path + "/left.sock"
    try leaveSocket(left)
    let server = Task { try await ControlServer(Parrot()).serve(socket: left) }
    defer { server.cancel() }
    let end = ContinuousClock.now + .seconds(60)
    var answer: ControlAnswer?
    while answer == nil, ContinuousClock.now < end {
      answer = try? await ControlClient(socket: left).ask(.drain(isOn: true))
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(answer == .done("true"))
  }

  /// A server that ends takes its own socket away, and nothing that lies in its place by then.
  @Test func onlyTheOwnSocketIsTakenAway() async throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/control.sock"
    func serve() async throws -> Task<Void, any Error> {
      let server = Task { try await ControlServer(Parrot()).serve(socket: socket) }
      let end = ContinuousClock.now + .seconds(60)
      while access(socket, F_OK) != 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(10)) }
      return server
    }
    func end(_ server: Task<Void, any Error>) async {
      server.cancel()
      _ = await server.result
    }
    let first = try await serve()
    #expect(unlink(socket) == 0)
    let second = try await serve()
    await end(first)
    #expect(try await ControlClient(socket: socket).ask(.drain(isOn: true)) == .done("true"))
    await end(second)
    #expect(access(socket, F_OK) != 0)
    let third = try await serve()
    #expect(unlink(socket) == 0)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: socket))
    await end(third)
    #expect(try String(contentsOfFile: socket, encoding: .utf8) == "mine")
  }

  /// Somebody listens and says nothing, as a daemon that hangs.
  @Test func aDaemonThatDoesNotAnswerIsNotWaitedForForEver() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/mute.sock"
    let descriptor = try leaveSocket(path, listens: true)
    defer { close(descriptor) }
    let begin = ContinuousClock.now
    let error = await #expect(throws: ControlError.self) {
      try await ControlClient(socket: path, patience: .seconds(1)).ask(.status)
    }
    #expect(error?.description.contains("has not answered for 1 s") == true, "\(error?.description ?? "")")
    #expect(begin.duration(to: .now) < .seconds(20))
    let question = Task { try await ControlClient(socket: path).ask(.status) }
    try await Task.sleep(for: .milliseconds(200))
    question.cancel()
    await #expect(throws: CancellationError.self) { try await question.value }
  }

  @Test func aMissingDaemonIsSaidSo() async throws {
    let error = await #expect(throws: ControlError.self) {
      try await ControlClient(socket: "/nowhere/control.sock").ask(.status)
    }
    #expect(try #require(error).description.contains("is supertiled running?"))
  }

  /// Connections that say nothing, as a monitor leaves that forgets to close them: the server goes on, with those there is
  /// room for, and has room again once they are gone.
  @Test func idleConnectionsEndNobody() async throws {
    try await serving { socket in
      let idle = (0..<300).compactMap { _ in connect(to: socket) }
      try #require(idle.count > ControlServer.mostConnections)
      for descriptor in idle { close(descriptor) }
      let end = ContinuousClock.now + .seconds(30)
      var answer: ControlAnswer?
      while answer == nil, ContinuousClock.now < end {
        answer = try? await ControlClient(socket: socket).ask(.drain(isOn: true))
      }
      #expect(answer == .done("true"))
    }
  }

  /// Whoever closes his side after the question is answered; whoever does not take the answer holds nobody up, and no
  /// second answer waits for him.
  @Test func oneQuestionAConnection() async throws {
    try await serving { socket in
      let half = try #require(connect(to: socket))
      defer { close(half) }
      let question = Array("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
      let answer = try await WorkerPool(workers: 1).run {
        _ = send(half, question + question + question, 3 * question.count, 0)
        shutdown(half, Int32(SHUT_WR))
        var bytes = [UInt8](repeating: 0, count: 10_000)
        var text = ""
        while case let count = recv(half, &bytes, bytes.count, 0), count > 0 {
          text += String(decoding: bytes[..<count], as: UTF8.self)
        }
        return text
      }
      #expect(answer.components(separatedBy: "HTTP/1.1 200").count == 2 && answer.hasSuffix("ok\n"), "\(answer)")
      // The head alone, until it may go on.
      let begin = ContinuousClock.now
      let large = try await curl(
        socket, "http://x/control", "--expect100-timeout", "60", "-H", "Expect: 100-continue", "-d",
        "{\"drain\":{\"isOn\":true}}")
      #expect(large.status == "200" && begin.duration(to: .now) < .seconds(30))
    }
  }

  /// Lines without an end cost what they are long, and no more than a request may be.
  @Test func endlessLinesAreCutOff() async throws {
    try await serving { socket in
      for line in ["GET /\(String(repeating: "a", count: 2_000_000))", "GET / HTTP/1.1\r\nX: "] {
        let descriptor = try #require(connect(to: socket))
        defer { close(descriptor) }
        let bytes = Array((line + String(repeating: "b", count: 2_000_000)).utf8)
        let sent = await Task.detached {
          var sent = 0
          while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
              send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
          }
          return sent
        }.value
        #expect(sent < bytes.count, "the server closes before it has read all")
        let begin = ContinuousClock.now
        let answer = try await ControlClient(socket: socket).ask(.drain(isOn: false))
        #expect(answer == .done("false") && begin.duration(to: .now) < .seconds(5))
      }
    }
  }
}

/// - Returns: a descriptor; nil where nobody takes the connection.
private func connect(to path: String) -> Int32? {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  let isConnected = with(path) { Glibc.connect(descriptor, $0, $1) == 0 }
  if !isConnected { close(descriptor) }
  return isConnected ? descriptor : nil
}

/// Calls `body` with the address of a unix socket.
private func with<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
  }
}
