import Settings
import Supervision
import Testing

@Test func productsAreLookedForWhereTheirDropFolderIsNow() {
  let folders = [DropFolder(name: "a", path: "/new"), DropFolder(name: "b", path: "/other")]
  func places(_ drop: String) -> [String] {
    ProductPlaces.candidates(of: "/old/a/x/P.SAFE", drop: drop, in: folders).map(\.place)
  }
  #expect(places("a") == ["/new/old/a/x/P.SAFE", "/new/a/x/P.SAFE", "/new/x/P.SAFE", "/new/P.SAFE"])
  #expect(places("of no more").suffix(4) == ["/new/x/P.SAFE", "/other/x/P.SAFE", "/new/P.SAFE", "/other/P.SAFE"])
}
