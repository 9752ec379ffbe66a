import Foundation
import Geometry
import Networks
import Pipeline
import Product
import Publishing
import Simulation
import TestSupport
import Testing
import Workers

/// A job that was cut off goes on behind its finished rows of tiles; another program, which may compute otherwise, begins it
/// anew.
@Test(arguments: ["first", "other"]) func onlyTheProgramThatBeganAJobGoesOnWithIt(program: String) async throws {
  let folder = try TemporaryFolder()
  var plan = SimulationPlan(
    scene: .drawn(RasterSize(rows: 4096, columns: 192)), revisits: 2, start: UTCTime.parse("2024-05-03T00:00:00Z")!)
  plan.clouds = 0
  let workers = WorkerPool(workers: 2)
  let paths = try await simulate(plan, into: folder.path + "/products", workers: workers).map(\.path)
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let options = try RunOptions.parse("{method: bicubic, consistency: none, buildings: off}", path: "options")
  let group = try #require(
    try await makePlan(paths, options: options, bands: model.card.bands, workers: workers).groups.first)
  func pipeline(_ program: String) throws -> Pipeline {
    Pipeline(
      options: options, model: model, store: try Store(path: folder.path + "/store"), workers: workers, version: "test",
      program: program)
  }
  let begun = try pipeline("first")
  let notes = Notes()
  let stopped = Task {
    try await begun.run(group) { event in
      notes.take(event)
      if notes.isWellBegun { notes.stop() }
    }
  }
  notes.watch(stopped)
  await #expect(throws: CancellationError.self) { _ = try await stopped.value }
  guard case .published = try await pipeline(program).run(group, report: { notes.take($0) }) else {
    Issue.record("not published")
    return
  }
  let from = try #require(notes.shares.last?.from)
  #expect(program == "first" ? from > 0.2 : from == 0, "\(notes.shares)")
}
