private import FlyingFox
private import FlyingSocks
private import Foundation
private import Glibc

/// Asks the daemon.
package struct ControlClient: Sendable {
  private let socket: String
  /// How long an answer may take: longer than the daemon gives itself.
  private let patience: Duration

  package init(socket: String, patience: Duration = .seconds(40)) { (self.socket, self.patience) = (socket, patience) }

  /// - Throws: `ControlError` where there is no daemon, one of another version, or one that does not answer;
  ///   `CancellationError`.
  package func ask(_ question: ControlRequest) async throws -> ControlAnswer {
    guard socket.utf8.count < 108 else { throw ControlError("\(socket): is too long for a socket") }
    if access(socket, R_OK | W_OK) != 0 {
      switch errno {
      case ENOENT, ENOTDIR:
        throw ControlError("\(socket): there is no such socket; is supertiled running? `systemctl status supertiled`")
      case EACCES: throw ControlError("\(socket): permission denied; join the group supertile, or use sudo")
      default: break
      }
    }
    let response: HTTPResponse
    do {
      response = try await send(try ControlCoding.encode(question))
    } catch let error as CancellationError {
      throw error
    } catch let error as ControlError {
      throw error
    } catch {
      throw ControlError("\(socket): nobody answers (\(error)); is supertiled running? `systemctl status supertiled`")
    }
    let body = try await response.bodyData
    guard response.statusCode != .internalServerError else {
      throw ControlError(
        "\(socket): supertiled gave no answer in time, or could not write down the word; it may be busy: try again, and see "
          + "`journalctl -u supertiled`")
    }
    guard response.statusCode == .ok else {
      throw ControlError(
        "\(socket): supertiled does not understand the request (\(response.statusCode.code)): "
          + String(decoding: body.prefix(300), as: UTF8.self))
    }
    do { return try ControlCoding.decode(ControlAnswer.self, body) } catch {
      throw ControlError("\(socket): supertiled is of another version: \(error)")
    }
  }

  /// The library has no limit of its own.
  private func send(_ question: [UInt8]) async throws -> HTTPResponse {
    let (socket, patience) = (socket, patience)
    return try await withThrowingTaskGroup(of: HTTPResponse?.self) { group in
      group.addTask {
        var client = HTTPClient()
        return try await client.sendHTTPRequest(
          HTTPRequest(
            method: .POST, version: .http11, path: "/control", query: [], headers: [.host: "supertile"],
            body: Data(question)), to: .unix(path: socket))
      }
      group.addTask {
        try await Task.sleep(for: patience)
        return nil
      }
      defer { group.cancelAll() }
      do {
        guard let response = try await group.next() ?? nil else {
          throw ControlError(
            "\(socket): supertiled has not answered for \(patience.components.seconds) s; see "
              + "`journalctl -u supertiled`, and restart it if that says no more")
        }
        return response
      } catch {
        try Task.checkCancellation()
        throw error
      }
    }
  }
}
