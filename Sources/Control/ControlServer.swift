internal import FlyingFox
private import FlyingSocks
private import Foundation
private import Glibc
private import Synchronization

/// Answers HTTP on a unix socket: `POST /control` with a `ControlRequest`, `GET /metrics`, `/health` and `/ready`. On
/// the loopback interface, where configured, the three of them alone: whoever can reach a port may not command.
package struct ControlServer: Sendable {
  private let handler: any ControlHandler

  package init(_ handler: any ControlHandler) { self.handler = handler }

  /// Serves until cancelled. The socket is open to its user and group alone.
  /// - Throws: `ControlError` where the socket cannot be made.
  package func serve(socket path: String) async throws {
    guard path.utf8.count < 108 else {
      throw ControlError("\(path): is too long for a socket, 107 bytes at most; choose another daemon.socket")
    }
    try Self.clear(path)
    // Nobody may connect between the making of the socket and the setting of its mode.
    let mask = umask(0o117)
    let server = HTTPServer(address: .unix(path: path), timeout: 30, logger: .disabled)
    await addRoutes(to: server, allowsControl: true)
    // The library waits for a server that has failed as for one that is slow.
    let failure = Mutex<String?>(nil)
    let running = Task {
      do { try await server.run() } catch {
        failure.withLock { $0 = "\(error)" }
        throw error
      }
    }
    let end = ContinuousClock.now + .seconds(60)
    while true {
      do {
        try await server.waitUntilListening(timeout: 0.1)
        break
      } catch {
        let reason = failure.withLock { $0 }
        guard reason != nil || .now > end || Task.isCancelled else { continue }
        umask(mask)
        running.cancel()
        throw ControlError(
          "\(path): no socket can be made here: \(reason ?? "\(error)"); check the folder and its permissions")
      }
    }
    umask(mask)
    try await withTaskCancellationHandler {
      try await running.value
    } onCancel: {
      running.cancel()
    }
  }

  /// Removes the socket of a server that has ended.
  private static func clear(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ControlError("\(path): is no socket; remove it, or choose another daemon.socket")
    }
    guard !isAnswered(path) else {
      throw ControlError("\(path): another supertiled listens here; stop it, or choose another daemon.socket")
    }
    unlink(path)
  }

  /// Whether somebody listens at a socket.
  private static func isAnswered(_ path: String) -> Bool {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  /// Serves metrics and health on the loopback interface until cancelled.
  package func serve(loopbackPort port: Int) async throws {
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: UInt16(clamping: port)), timeout: 30, logger: .disabled)
    await addRoutes(to: server, allowsControl: false)
    do { try await server.run() } catch let error as SocketError {
      throw ControlError("port \(port) on 127.0.0.1 cannot be used: \(error); choose another daemon.http_port")
    }
  }

  private func addRoutes(to server: HTTPServer, allowsControl: Bool) async {
    let handler = handler
    if allowsControl {
      await server.appendRoute("POST /control") { request in
        guard let count = request.bodySequence.count, count <= ControlRequest.limit else {
          return HTTPResponse(statusCode: .payloadTooLarge)
        }
        let question: ControlRequest
        do { question = try ControlCoding.decode(ControlRequest.self, try await request.bodyData) } catch {
          return HTTPResponse(statusCode: .badRequest, body: Data("no request of this version: \(error)\n".utf8))
        }
        let answer = try ControlCoding.encode(await handler.answer(question))
        return HTTPResponse(statusCode: .ok, headers: [.contentType: "application/json"], body: Data(answer))
      }
    }
    await server.appendRoute("GET /metrics") { _ in
      HTTPResponse(
        statusCode: .ok, headers: [.contentType: "text/plain; version=0.0.4"], body: Data(await handler.metrics().utf8))
    }
    await server.appendRoute("GET /health") { _ in Self.response(await handler.ailment()) }
    await server.appendRoute("GET /ready") { _ in Self.response(await handler.unreadiness()) }
  }

  private static func response(_ problem: String?) -> HTTPResponse {
    HTTPResponse(
      statusCode: problem == nil ? .ok : .serviceUnavailable,
      headers: [.contentType: "text/plain; charset=utf-8"], body: Data(((problem ?? "ok") + "\n").utf8))
  }
}
