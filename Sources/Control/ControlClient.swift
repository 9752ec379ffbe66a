private import Foundation
private import Glibc
private import NIOCore
private import NIOHTTP1
private import NIOPosix

/// Asks the daemon.
package struct ControlClient: Sendable {
  private let socket: String
  /// How long an answer may take: longer than the daemon gives itself.
  private let patience: Duration

  package init(socket: String, patience: Duration = .seconds(40)) { (self.socket, self.patience) = (socket, patience) }

  /// - Throws: `ControlError` where there is no daemon, one of another version, or one that does not answer;
  ///   `CancellationError`.
  package func ask(_ question: ControlRequest) async throws -> ControlAnswer {
    guard socket.utf8.count <= ControlServer.longestPath else {
      throw ControlError("\(socket): is too long for a socket")
    }
    if access(socket, R_OK | W_OK) != 0 {
      switch errno {
      case ENOENT, ENOTDIR:
        throw ControlError("\(socket): there is no such socket; is supertiled running? `systemctl status supertiled`")
      case EACCES: throw ControlError("\(socket): permission denied; join the group supertile, or use sudo")
      default: break
      }
    }
    let response: ControlResponse
    do {
      response = try await send(try ControlCoding.encode(question))
    } catch let error as CancellationError {
      throw error
    } catch let error as ControlError {
      throw error
    } catch let error as IOError {
      let cause = String(cString: strerror(error.errnoCode))
      throw ControlError("\(socket): nobody answers (\(cause)); is supertiled running? `systemctl status supertiled`")
    } catch {
      throw ControlError("\(socket): nobody answers (\(error)); is supertiled running? `systemctl status supertiled`")
    }
    let body = response.body
    guard response.status != .internalServerError else {
      throw ControlError(
        "\(socket): supertiled gave no answer in time, or could not write down the word; it may be busy: try again, and see "
          + "`journalctl -u supertiled`")
    }
    guard response.status == .ok else {
      throw ControlError(
        "\(socket): supertiled does not understand the request (\(response.status.code)): "
          + String(decoding: body.prefix(300), as: UTF8.self))
    }
    do { return try ControlCoding.decode(ControlAnswer.self, body) } catch {
      throw ControlError("\(socket): supertiled is of another version: \(error)")
    }
  }

  private func send(_ question: [UInt8]) async throws -> ControlResponse {
    let (socket, patience) = (socket, patience)
    return try await withThrowingTaskGroup(of: ControlResponse?.self) { group in
      group.addTask { try await Self.exchange(question, at: socket) }
      group.addTask {
        try await Task.sleep(for: patience)
        return nil
      }
      defer { group.cancelAll() }
      do {
        guard let response = try await group.next() ?? nil else {
          throw ControlError(
            "\(socket): supertiled has not answered for \(patience.components.seconds) s; it may still do what it was told; see "
              + "`journalctl -u supertiled`, and restart it if that says no more")
        }
        return response
      } catch {
        try Task.checkCancellation()
        throw error
      }
    }
  }

  /// One request on a connection of its own, which is closed when the task is cancelled.
  private static func exchange(_ question: [UInt8], at socket: String) async throws -> ControlResponse {
    let promise = ControlThread.loops.any().makePromise(of: ControlResponse.self)
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: ControlThread.loops)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(ResponseCollector(promise, socket: socket))
          }
        }
        .connect(unixDomainSocketPath: socket).get()
    } catch {
      promise.fail(error)
      throw error
    }
    return try await withTaskCancellationHandler {
      var headers = HTTPHeaders([("Host", "supertile"), ("Connection", "close")])
      headers.add(name: "Content-Length", value: "\(question.count)")
      let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/control", headers: headers)
      channel.write(HTTPClientRequestPart.head(head), promise: nil)
      channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: question))), promise: nil)
      channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
      let response = try await promise.futureResult.get()
      channel.close(promise: nil)
      return response
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}

/// What came back.
private struct ControlResponse: Sendable {
  var status: HTTPResponseStatus
  var body: [UInt8]
}

/// Takes one response; fails where the connection ends before.
private final class ResponseCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let promise: EventLoopPromise<ControlResponse>
  private var response = ControlResponse(status: .internalServerError, body: [])
  private var isDone = false
  private let socket: String

  init(_ promise: EventLoopPromise<ControlResponse>, socket: String) { (self.promise, self.socket) = (promise, socket) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): response.status = head.status
    case .body(let part): response.body += Array(part.readableBytesView)
    case .end: end(.success(response))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(
      .failure(
        ControlError(
          "\(socket): supertiled closed the connection without an answer; it may be stopping, or too many ask it at once: "
            + "try again")))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(.failure(error))
    context.close(promise: nil)
  }

  private func end(_ result: Result<ControlResponse, any Error>) {
    guard !isDone else { return }
    isDone = true
    promise.completeWith(result)
  }
}
