private import FlyingFox
private import FlyingSocks
private import Foundation
private import Glibc

/// Asks the daemon.
package struct ControlClient: Sendable {
  private let socket: String

  package init(socket: String) { self.socket = socket }

  /// - Throws: `ControlError` where there is no daemon, or one of another version.
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
      var client = HTTPClient()
      response = try await client.sendHTTPRequest(
        HTTPRequest(
          method: .POST, version: .http11, path: "/control", query: [], headers: [.host: "supertile"],
          body: Data(try ControlCoding.encode(question))), to: .unix(path: socket))
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
}
