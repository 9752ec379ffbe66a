import Supervision
import Testing

@Test func aFolderThatShowsNoSignOfLifeIsSilentUntilALookComesBack() {
  var lookouts = Lookouts()
  let began = ContinuousClock.now
  #expect(lookouts.end(ofPatience: .seconds(60), with: "/far") == nil, "nobody looks")
  let pulse = lookouts.begin("/far")
  #expect(lookouts.isUnderway("/far") && lookouts.isAwaited("/far"))
  let first = lookouts.end(ofPatience: .seconds(60), with: "/far")
  #expect(first.map { $0 >= began + .seconds(60) } == true)
  while ContinuousClock.now <= pulse.last {}
  pulse.beat()
  #expect(lookouts.end(ofPatience: .seconds(60), with: "/far").map { $0 > first! } == true, "it goes on")
  #expect(lookouts.markSilent("/far") && !lookouts.markSilent("/far"), "news once")
  #expect(lookouts.isUnderway("/far") && !lookouts.isAwaited("/far"))
  #expect(lookouts.end(ofPatience: .seconds(60), with: "/far") == nil, "no longer waited for")
  #expect(lookouts.silentFolder(of: ["/drop/a.SAFE", "/far/b.SAFE"]) == "/far")
  #expect(lookouts.silentFolder(of: ["/farther/b.SAFE"]) == nil)
  #expect(lookouts.end("/far") >= began)
  #expect(lookouts.silent.isEmpty && !lookouts.isUnderway("/far"))
}

/// A look may have seen a product where it lay before the daemon moved it.
@Test func whatALookSawIsOlderThanWhatWasDoneSinceItBegan() {
  var touches = Touches()
  let early = ContinuousClock.now
  #expect(!touches.isTouched("/drop/a.SAFE", since: early))
  touches.hold(["/drop/a.SAFE"])
  #expect(touches.isTouched("/drop/a.SAFE", since: .now + .seconds(1)), "under way")
  touches.release(["/drop/a.SAFE"])
  #expect(touches.isTouched("/drop/a.SAFE", since: early))
  #expect(!touches.isTouched("/drop/a.SAFE", since: .now + .seconds(1)), "a look that begins now sees it as it is")
  touches.touch(["/drop/b.SAFE"])
  #expect(touches.isTouched("/drop/b.SAFE", since: early) && !touches.isTouched("/drop/c.SAFE", since: early))
  touches.forget()
  #expect(!touches.isTouched("/drop/b.SAFE", since: early))
}
