private import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Requests and answers of one connection, one after the other, on its event loop.
///
/// A connection that brings no whole request for a while is closed, whether it is silent or slow; a request that is not
/// answered in time gets 500.
final class ControlExchange: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// How long a connection may take to bring a request, and the daemon to answer it.
  private static let patience = TimeAmount.seconds(30)

  private let handler: any ControlHandler
  private let allowsControl: Bool
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  /// What it waits for comes to an end.
  private var deadline: Scheduled<Void>?
  /// Of requests: an answer that comes too late is to none that is waited for.
  private var number = 0

  init(_ handler: any ControlHandler, allowsControl: Bool) {
    self.handler = handler
    self.allowsControl = allowsControl
  }

  func handlerAdded(context: ChannelHandlerContext) { expectRequest(context) }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body.clear()
    case .body(var part):
      // What is more than it may be is not kept, so that the length tells.
      if body.readableBytes <= ControlRequest.limit { body.writeBuffer(&part) }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func expectRequest(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: Self.patience) { bound.value.close(promise: nil) }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    number += 1
    let (number, handler, allowsControl) = (number, handler, allowsControl)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: Self.patience) {
      bound.value.0.write(ControlReply(.internalServerError, "no answer in time\n"), to: head, number, bound.value.1)
    }
    let loop = context.eventLoop
    let bytes = Array(body.readableBytesView)
    Task {
      let reply = await ControlReply(to: head, bytes, handler, allowsControl: allowsControl)
      loop.execute { bound.value.0.write(reply, to: head, number, bound.value.1) }
    }
  }

  private func write(
    _ reply: ControlReply, to head: HTTPRequestHead, _ number: Int, _ context: ChannelHandlerContext
  ) {
    guard number == self.number, context.channel.isActive else { return }
    self.number += 1
    deadline?.cancel()
    var headers = HTTPHeaders(reply.headers)
    headers.add(name: "Content-Length", value: "\(reply.body.count)")
    headers.add(name: "Connection", value: head.isKeepAlive ? "keep-alive" : "close")
    let answer = HTTPResponseHead(version: head.version, status: reply.status, headers: headers)
    context.write(wrapOutboundOut(.head(answer)), promise: nil)
    if head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
    }
    if head.isKeepAlive { expectRequest(context) }
    let isWritten = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !head.isKeepAlive {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      isWritten.whenComplete { _ in bound.value.close(promise: nil) }
    }
  }
}

/// An answer in the terms of HTTP.
struct ControlReply: Sendable {
  var status: HTTPResponseStatus
  var headers: [(String, String)]
  var body: [UInt8]

  init(_ status: HTTPResponseStatus, _ text: String, _ headers: [(String, String)] = []) {
    self.status = status
    self.headers = [("Content-Type", "text/plain; charset=utf-8")] + headers
    body = Array(text.utf8)
  }

  /// - Parameters:
  ///   - bytes: body of the request.
  ///   - allowsControl: whether whoever asks may command.
  init(
    to head: HTTPRequestHead, _ bytes: [UInt8], _ handler: any ControlHandler, allowsControl: Bool
  ) async {
    let path = Self.path(head.uri)
    let isReading = head.method == .GET || head.method == .HEAD
    switch path {
    case "/control" where allowsControl && head.method == .POST:
      guard bytes.count <= ControlRequest.limit else {
        self.init(.payloadTooLarge, "too long\n")
        return
      }
      do {
        let question = try ControlCoding.decode(ControlRequest.self, bytes)
        self.init(.ok, "")
        body = try ControlCoding.encode(await handler.answer(question))
        headers = [("Content-Type", "application/json")]
      } catch { self.init(.badRequest, "no request of this version: \(error)\n") }
    case "/metrics" where isReading:
      self.init(.ok, await handler.metrics())
      headers = [("Content-Type", "text/plain; version=0.0.4")]
    case "/health" where isReading: self.init(problem: await handler.ailment())
    case "/ready" where isReading: self.init(problem: await handler.unreadiness())
    case "/control" where allowsControl: self.init(.methodNotAllowed, "POST it\n", [("Allow", "POST")])
    case "/metrics", "/health", "/ready": self.init(.methodNotAllowed, "GET it\n", [("Allow", "GET, HEAD")])
    default: self.init(.notFound, "there is /metrics, /health and /ready\n")
    }
  }

  private init(problem: String?) {
    self.init(problem == nil ? .ok : .serviceUnavailable, (problem ?? "ok") + "\n")
  }

  /// Without what is asked of it; also where the target names the host.
  private static func path(_ target: String) -> String {
    let path = target.prefix { $0 != "?" && $0 != "#" }
    guard path.hasPrefix("http://") else { return String(path) }
    return String(path.dropFirst("http://".count).drop { $0 != "/" })
  }
}

/// Closes a connection that sends more than requests are long, before all of it is taken for one.
final class RequestLimit: ChannelInboundHandler, ChannelOutboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  /// With the head of a request.
  private static let most = ControlRequest.limit + (32 << 10)
  /// Bytes since the last answer.
  private var count = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += unwrapInboundIn(data).readableBytes
    if count > 2 * Self.most { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    count = 0
    context.write(data, promise: promise)
  }
}
