private import Foundation
internal import NIOCore
internal import NIOHTTP1

/// One request of a connection and its answer, on its event loop; then the connection is closed, so that nobody can ask
/// without taking the answers.
///
/// A connection that brings no whole request for a while is closed, whether it is silent or slow, and so is one that does
/// not take its answer; a request that is not answered in time gets 500.
final class ControlExchange: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State { case asking, answering, sending }

  /// How long a connection may take to bring a request, the daemon to answer it, and the connection to take the answer.
  private static let patience = TimeAmount.seconds(30)

  private let handler: any ControlHandler
  private let allowsControl: Bool
  private var state = State.asking
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  /// What it waits for comes to an end.
  private var deadline: Scheduled<Void>?

  init(_ handler: any ControlHandler, allowsControl: Bool) {
    self.handler = handler
    self.allowsControl = allowsControl
  }

  func handlerAdded(context: ChannelHandlerContext) {
    wait(context) { _, context in context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard state == .asking else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      guard head.version == .http1_1, head.headers[canonicalForm: "expect"].contains("100-continue") else { return }
      let goOn = HTTPResponseHead(version: head.version, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
    case .body(var part):
      // What is more than it may be is not kept, so that the length tells.
      if body.readableBytes <= ControlRequest.limit { body.writeBuffer(&part) }
    case .end:
      if let head { answer(head, context) }
    }
  }

  /// Whoever has said all may close that side, and still be told.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent, state == .asking { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// - Parameter end: what is done when it has waited long enough.
  private func wait(
    _ context: ChannelHandlerContext, _ end: @escaping @Sendable (ControlExchange, ChannelHandlerContext) -> Void
  ) {
    deadline?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: Self.patience) { end(bound.value.0, bound.value.1) }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    state = .answering
    wait(context) { $0.send(ControlReply(.internalServerError, "no answer in time\n"), to: head, $1) }
    let (handler, allowsControl, loop) = (handler, allowsControl, context.eventLoop)
    let bound = NIOLoopBound((self, context), eventLoop: loop)
    let bytes = Array(body.readableBytesView)
    Task {
      let reply = await ControlReply(to: head, bytes, handler, allowsControl: allowsControl)
      loop.execute { bound.value.0.send(reply, to: head, bound.value.1) }
    }
  }

  private func send(_ reply: ControlReply, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard state == .answering, context.channel.isActive else { return }
    state = .sending
    wait(context) { _, context in context.close(promise: nil) }
    var headers = HTTPHeaders(reply.headers)
    headers.add(name: "Content-Length", value: "\(reply.body.count)")
    headers.add(name: "Connection", value: "close")
    let answer = HTTPResponseHead(version: head.version, status: reply.status, headers: headers)
    context.write(wrapOutboundOut(.head(answer)), promise: nil)
    if head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
    }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
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
      guard let text = await handler.metrics() else {
        self.init(.serviceUnavailable, "the ledger cannot be read\n")
        return
      }
      self.init(.ok, text)
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

/// Closes a connection that sends more than a request may be long, before all of it is taken for one.
final class RequestLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// With its head, and as much again: what is a little too long is told so.
  private static let most = 2 * (ControlRequest.limit + (32 << 10))
  private var count = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += unwrapInboundIn(data).readableBytes
    if count > Self.most { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}
