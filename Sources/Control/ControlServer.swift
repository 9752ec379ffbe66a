private import Foundation
private import Glibc
private import NIOCore
private import NIOHTTP1
internal import NIOPosix
private import Synchronization

/// The thread that all connections of this program live on; it begins with the first.
enum ControlThread {
  static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
}

/// Answers HTTP on a unix socket: `POST /control` with a `ControlRequest`, `GET /metrics`, `/health` and `/ready`. On
/// the loopback interface, where configured, the three of them alone: whoever can reach a port may not command.
package struct ControlServer: Sendable {
  /// Connections at the same time; further ones are closed at once.
  package static let mostConnections = 64
  /// Of a socket, bytes: SwiftNIO's clients take no longer one, though Linux does (107).
  package static let longestPath = 103
  private let handler: any ControlHandler

  package init(_ handler: any ControlHandler) { self.handler = handler }

  /// Serves until cancelled, and takes the socket away then. It is open to its user and group alone.
  /// - Throws: `ControlError` where the socket cannot be made.
  package func serve(socket path: String) async throws {
    guard path.utf8.count <= Self.longestPath else {
      throw ControlError(
        "\(path): is too long for a socket, \(Self.longestPath) bytes at most; choose another daemon.socket")
    }
    try Self.clear(path)
    let server: any Channel
    do { server = try await bootstrap(allowsControl: true).withBoundSocket(try Self.bound(path)).get() } catch {
      throw ControlError("\(path): no socket can be made here: \(error); check the folder and its permissions")
    }
    let own = SocketFile(path)
    // What lies there by then may be somebody else's.
    defer { if let own, SocketFile(path) == own { unlink(path) } }
    try await serve(server, "\(path)")
  }

  /// Serves metrics and health on the loopback interface until cancelled.
  /// - Throws: `ControlError` where the port cannot be had.
  package func serve(loopbackPort port: Int) async throws {
    let server: any Channel
    do { server = try await bootstrap(allowsControl: false).bind(host: "127.0.0.1", port: port).get() } catch {
      throw ControlError(
        "port \(port) on 127.0.0.1 cannot be used: \(Self.words(error)); choose another daemon.http_port")
    }
    try await serve(server, "port \(port) on 127.0.0.1")
  }

  private static func words(_ error: any Error) -> String {
    (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
  }

  private func serve(_ server: any Channel, _ name: String) async throws {
    try await withTaskCancellationHandler {
      try await server.closeFuture.get()
      try Task.checkCancellation()
      throw ControlError("\(name): was closed by the system")
    } onCancel: {
      server.close(promise: nil)
    }
  }

  private func bootstrap(allowsControl: Bool) -> ServerBootstrap {
    let handler = handler
    let connections = Connections()
    return ServerBootstrap(group: ControlThread.loops)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let isOneTooMany = connections.add() > Self.mostConnections
          channel.closeFuture.whenComplete { _ in connections.remove() }
          if isOneTooMany { throw ControlError("there are too many connections") }
          try channel.pipeline.syncOperations.addHandler(RequestLimit())
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try channel.pipeline.syncOperations.addHandler(ControlExchange(handler, allowsControl: allowsControl))
        }
      }
  }

  /// How many there are.
  private final class Connections: Sendable {
    private let count = Atomic(0)

    func add() -> Int { count.add(1, ordering: .relaxed).newValue }

    func remove() { count.subtract(1, ordering: .relaxed) }
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
    guard let descriptor = try? openSocket() else { return false }
    defer { close(descriptor) }
    return withAddress(path) { connect(descriptor, $0, $1) } == 0
  }

  /// A socket at a path that is open to its user and group alone from its first moment on. The mode that files are made
  /// with (umask) belongs to the whole program, in which others make files meanwhile: it stays as it is.
  /// - Throws: `POSIXError`.
  private static func bound(_ path: String) throws -> CInt {
    let descriptor = try openSocket()
    // Linux gives the file at the path the mode of the socket, less what the program's mask forbids.
    guard fchmod(descriptor, 0o660) == 0, withAddress(path, { bind(descriptor, $0, $1) }) == 0, chmod(path, 0o660) == 0
    else {
      defer { close(descriptor) }
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    return descriptor
  }

  private static func openSocket() throws -> CInt {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return descriptor
  }

  private static func withAddress(_ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(longestPath)) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}

/// A socket's file: which one it is.
private struct SocketFile: Equatable {
  private let device: UInt
  private let number: UInt

  /// Nil where something else lies there, or nothing.
  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
  }
}
