import Supervision
import Testing

/// Who is inside, and who was.
private actor Book {
  private(set) var inside = 0
  private(set) var most = 0
  private(set) var order: [Int] = []

  func enter(_ number: Int) {
    inside += 1
    most = max(most, inside)
    order.append(number)
  }

  func leave() { inside -= 1 }

  private(set) var arrived = 0
  func arrive() { arrived += 1 }
}

@Test(.timeLimit(.minutes(2))) func oneAtATimePassesTheTurnstile() async {
  let (turnstile, book) = (Turnstile(), Book())
  await withTaskGroup(of: Void.self) { group in
    for number in 0..<200 {
      group.addTask {
        await turnstile.enter()
        await book.enter(number)
        await Task.yield()
        await book.leave()
        turnstile.leave()
      }
    }
  }
  #expect(await book.most == 1)
  #expect(await book.order.count == 200)
}

@Test(.timeLimit(.minutes(2))) func theyPassInTheOrderTheyCame() async {
  let (turnstile, book) = (Turnstile(), Book())
  await turnstile.enter()
  await withTaskGroup(of: Void.self) { group in
    for number in 0..<5 {
      group.addTask {
        await book.arrive()
        await turnstile.enter()
        await book.enter(number)
        turnstile.leave()
      }
      // The next one comes when this one waits.
      while await book.arrived <= number { try? await Task.sleep(for: .milliseconds(5)) }
      try? await Task.sleep(for: .milliseconds(100))
    }
    turnstile.leave()
  }
  #expect(await book.order == [0, 1, 2, 3, 4])
}
